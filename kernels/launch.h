/* launch.h -- what the launcher of several processes left in the environment.
 *
 * The first of these that is complete holds, in the order of who is nearest to this process:
 *
 *     RANK WORLD_SIZE MASTER_ADDR MASTER_PORT            torchrun, or by hand
 *     OMPI_COMM_WORLD_SIZE, PMI_SIZE, PMIX_RANK          MPI, which knows the rest itself
 *     SLURM_PROCID SLURM_STEP_NUM_TASKS SLURM_STEP_NODELIST SLURM_JOB_ID SLURM_STEP_ID      srun
 *
 * Slurm comes last: mpirun within an allocation inherits the variables of the job's first step,
 * where each process is number 0.  Where none is complete it is one process; but WORLD_SIZE or RANK
 * alone that tell of others are a mistake. */
#ifndef KERNELS_LAUNCH_H
#define KERNELS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/ops.h"

enum { LAUNCH_HOST_BYTES = 256 };

struct launch {
    const char *found; /* the variable that told of several processes; NULL: none did */
    bool        speaks_mpi;
    int         rank, ranks;              /* these and what follows: without MPI only */
    char        host[LAUNCH_HOST_BYTES]; /* where rank 0 is */
    int         port;                    /* where it may listen; 0: anywhere */
    bool        one_thread;              /* of each process may send: MPI alone says that */
    uint64_t    job; /* alike for the processes of one start, and for hardly any others */
};

/* launch_find -- Errors: ERR_DEVICE, naming a variable that is missing or no number. */
MUST int launch_find(struct launch *launch);

#endif

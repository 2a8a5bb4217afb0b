/* train -- pre-train an encoder.
 *
 *     train --data data/ --out run/ --model mini --position tupe-r
 *
 *     conf.c      what was asked for              supply.c    input, a step ahead of the learning
 *     session.c   data, model, run directory      loop.c      steps, and what is due behind them
 *     plan.c      what it will take               step.c      one of them
 *     device.c    what a run computes on          validate.c  an evaluation
 *     ranks.c     several processes at one run    save.c      a checkpoint
 *     stop.c      signals and the time limit      state.c     what that remembers
 *     ceiling.c   what utilisation is measured    line.c      what the log is told
 *                 against                         log.c       its files
 *     remarks.c   what its libraries chose
 *
 * The program is called again with the same words until it exits with 0: 75 says that it stopped
 * with a checkpoint behind it. */
#include "tools/train/device.h"
#include "tools/train/loop.h"
#include "tools/train/plan.h"
#include "tools/train/ranks.h"
#include "tools/train/stop.h"

int
main(int argc, char **argv)
{
    static struct session session;
    struct conf          *conf;
    int                   status = EXIT_DONE;

    tool_patient(argv);
    conf = conf_read(argc, argv);
    tool_try(stop_open((double)conf->time_limit_s));
    session.conf = conf;
    ranks_try(&session, ranks_open(&session));
    ranks_try(&session, session_prepare(&session));
    if (conf->dry_run) {
        ranks_try(&session, device_plan(&session));
        ranks_try(&session, plan_make(&session));
        if (session.team.rank == 0)
            ranks_try(&session, plan_print(&session));
        dataset_close(&session.data);
        team_close();
        return EXIT_DONE;
    }
    ranks_try(&session, session_open(&session));
    ranks_try(&session, loop_run(&session, &status));
    session_close(&session);
    team_close();
    return status;
}

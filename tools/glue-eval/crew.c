/* crew.c -- see crew.h. */
#include "tools/glue-eval/crew.h"

#include "kernels/ops.h"

/* To find each other takes seconds, or something is wrong; runs take as long as they take. */
static const double meeting_s = 600, running_s = 1e8;

static void
waiting(int rank, double waited_s)
{
    if (waited_s > 1)
        tool_status("waiting for rank %d on %s, for %.0f s now", rank, team_host(rank), waited_s);
}

void
crew_open(struct options *o)
{
    struct team_patience patience = { meeting_s, waiting };
    struct team          team;
    int                  beside;

    tool_try(team_open(&team, patience));
    o->rank = team.rank;
    o->ranks = team.ranks;
    if (team.ranks == 1)
        return;
    tool_try(team_beside(&beside));
    team_bear(running_s);
    if (!o->jobs_given)
        o->common.jobs = o->common.jobs > beside ? o->common.jobs / beside : 1;
    if (team.rank > 0)
        tool_hush();
    tool_say("%d processes (%s) share the runs, this one on %s with %lld threads", team.ranks,
        team.found, team_host(0), o->common.jobs);
}

bool
crew_meet(const struct options *o, bool stopped)
{
    double stops = stopped;

    if (o->ranks == 1)
        return stopped;
    tool_try(team_sum(&stops, 1));
    tool_progress_end();
    return stops > 0;
}

namespace Engine.Bus.Scheduling;

/// <summary>Work that dispatchers run, a turn at a time. It is run by one dispatcher at a time, and only after it was scheduled.</summary>
internal interface IScheduled
{
    /// <summary>Which of the ready queues it waits in.</summary>
    DispatchPriority Priority { get; }

    /// <summary>The dispatcher it belongs to, modulo their number; others steal it while that one is busy.</summary>
    int Home { get; }

    /// <summary>Runs one turn.</summary>
    /// <returns>Whether it wants another turn. If not, it schedules itself again when it does.</returns>
    bool RunTurn();
}

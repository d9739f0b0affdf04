namespace Engine.Dispatch;

/// <summary>What a worker measured in one look at its lanes and the round of dispatching that followed.</summary>
/// <param name="BacklogEvents">Events found waiting.</param>
/// <param name="LargestFill">The largest share of a ring that was in use, 0 to 1.</param>
/// <param name="PeriodTicks">Time since the last look that found something: the events found arrived during it.</param>
/// <param name="PollTicks">Time the look itself took: mostly the transfer of cursors from the producers' cores.</param>
/// <param name="DispatchedEvents">Events dispatched.</param>
/// <param name="DispatchTicks">Time that took.</param>
internal readonly record struct PollSample(
    long BacklogEvents, double LargestFill, long PeriodTicks, long PollTicks, int DispatchedEvents, long DispatchTicks);

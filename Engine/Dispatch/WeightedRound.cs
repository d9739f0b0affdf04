namespace Engine.Dispatch;

/// <summary>
/// Work-conserving weighted round-robin. In one round each lane, in descending order of weight, may dispatch as many
/// batches as its weight; a lane without events is passed over. So while it is backlogged, lane i gets at least
/// (floor(N / sum w) - 1) * w_i of any N batches, and its head waits for at most sum w - w_i batches of others.
/// A lane that a look has emptied is not looked at again in the round: a second look would take the cursor's cache line
/// from the producer for the few events published meanwhile. It was not backlogged at that moment.
/// </summary>
internal static class WeightedRound
{
    /// <summary>Runs one round.</summary>
    /// <typeparam name="TLane">What is served.</typeparam>
    /// <typeparam name="TServer">How it is served; a struct, so that the calls are inlined.</typeparam>
    /// <param name="lanes">The lanes, highest weight first.</param>
    /// <param name="server">Serves one batch of a lane.</param>
    /// <returns>Events dispatched.</returns>
    public static int Run<TLane, TServer>(ReadOnlySpan<TLane> lanes, ref TServer server)
        where TServer : struct, ILaneServer<TLane>
    {
        int dispatched = 0;
        foreach (TLane lane in lanes)
        {
            for (int turn = server.WeightOf(lane); turn > 0; turn--)
            {
                dispatched += server.Serve(lane, out bool hasMore);
                if (!hasMore)
                    break;
            }
        }

        return dispatched;
    }
}

/// <summary>Serves lanes for <see cref="WeightedRound"/>.</summary>
/// <typeparam name="TLane">What is served.</typeparam>
internal interface ILaneServer<TLane>
{
    /// <summary>Batches the lane may dispatch per round, at least 1.</summary>
    int WeightOf(TLane lane);

    /// <summary>Dispatches one batch; returns its events, or 0 when the lane has none or is being served by another worker.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="hasMore">Whether more was waiting when the batch was taken.</param>
    int Serve(TLane lane, out bool hasMore);
}

namespace Engine.Cluster.Receiving;

/// <summary>What may help where a broker has messages and gives none.</summary>
internal enum StallRemedy
{
    /// <summary>It is too early to tell.</summary>
    None,

    /// <summary>The consumer begins anew: what the stream holds is kept.</summary>
    ResetConsumer,

    /// <summary>The stream is made anew: what it held comes again from the hosts.</summary>
    DeleteStream,
}

/// <summary>Notes how long a shard has waited in vain. Used by one thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="timeout">How long is too long.</param>
internal sealed class StallWatch(TimeProvider time, TimeSpan timeout)
{
    private long _since = time.GetTimestamp();
    private int _tried;

    /// <summary>Something came, there is nothing that could come, or it is known why nothing does.</summary>
    public void NoteProgress()
    {
        _since = time.GetTimestamp();
        _tried = 0;
    }

    /// <summary>Nothing came although there is something. The mildest remedy is first, and each has the same time to show.</summary>
    public StallRemedy Next()
    {
        if (time.GetElapsedTime(_since) < timeout)
            return StallRemedy.None;
        _since = time.GetTimestamp();
        return _tried++ == 0 ? StallRemedy.ResetConsumer : StallRemedy.DeleteStream;
    }
}

namespace Engine.Storage.Frames;

/// <summary>Events that are missing directly before a frame, in a row.</summary>
/// <param name="FirstSequence">The sequence of the first one.</param>
/// <param name="Count">How many; 0 for none.</param>
/// <param name="Cause">Why.</param>
public readonly record struct FrameLoss(long FirstSequence, long Count, LossCause Cause)
{
    /// <summary>The sequence after the last one.</summary>
    public long EndSequence => FirstSequence + Count;

    /// <summary>Adds events that are missing directly behind these.</summary>
    public FrameLoss Join(in FrameLoss next) => Count == 0 ? next
        : next.Count == 0 ? this
        : new FrameLoss(FirstSequence, next.EndSequence - FirstSequence, Cause == next.Cause ? Cause : LossCause.Several);
}

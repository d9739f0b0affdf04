namespace Engine.Storage.Recorded;

/// <summary>
/// What frames have said of one event type: of the sequences from the first that came to the last, each was delivered, lost at its
/// host, lost with its frame, or unreadable.
/// </summary>
/// <param name="EventType">The event type's name.</param>
/// <param name="Events">Events that were handed to the subscriptions of the type, or would have been if there were any.</param>
/// <param name="LostAtHost">Events that were lost before they were recorded, as the frames say.</param>
/// <param name="LostWithFrames">Events of frames that did not come, as the sequences show.</param>
/// <param name="Unreadable">Events of a layout or with bytes that are none of the type's, or that could not be upcast.</param>
/// <param name="Duplicates">Events that came again, and were left out.</param>
public readonly record struct RecordedCount(
    string EventType, long Events, long LostAtHost, long LostWithFrames, long Unreadable, long Duplicates)
{
    /// <summary>The name and the numbers.</summary>
    public override string ToString() =>
        $"{EventType}: {Events} events, {LostAtHost} lost at the host, {LostWithFrames} with frames, {Unreadable} unreadable, "
        + $"{Duplicates} came again";
}

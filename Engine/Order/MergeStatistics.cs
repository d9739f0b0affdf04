namespace Engine.Order;

/// <summary>The counts of a merging subscription. Exact when it is at rest.</summary>
/// <param name="Delivered">Events handed to the handler, those it threw on included.</param>
/// <param name="Buffered">Events that wait for what may still come before them.</param>
/// <param name="Refused">Events that had no room for good, or came when the subscription had ended.</param>
/// <param name="OutOfOrder">
/// Events whose producer had published a later one, or had promised not to publish them; their virtual time is that of the later one.
/// </param>
/// <param name="Errors">Times the handler threw.</param>
/// <param name="Watermark">All events before this virtual time have been delivered.</param>
public readonly record struct MergeStatistics(
    long Delivered, long Buffered, long Refused, long OutOfOrder, long Errors, long Watermark);

using Engine.Storage.Frames;

namespace Engine.Storage.Logs;

/// <summary>
/// An event's place in a journal as one number that ascends along it: the number of its frame, and its index there in the lowest 20 bits.
/// </summary>
internal static class JournalPlace
{
    private const int IndexBits = 20;

    /// <summary>The place of the first event of all.</summary>
    public const long First = 1L << IndexBits;

    public static long Of(long frameNumber, int index) => checked(frameNumber << IndexBits) + index;

    public static long FrameOf(long place) => place >> IndexBits;

    public static int IndexOf(long place) => (int)(place & (First - 1));

    /// <summary>Who published a stream's events.</summary>
    public static string SourceOf(FrameStream stream) =>
        string.IsNullOrWhiteSpace(stream.ProducerName) ? FormattableString.Invariant($"producer {stream.ProducerId}") : stream.ProducerName;
}

using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>
/// Which of a journal's old segments may be deleted. A segment goes as a whole, from the oldest on; the one that is written, what is
/// not yet durable, and what a bookmark (<see cref="JournalBookmark"/>) still wants, stay in any case. Immutable.
/// </summary>
public sealed record JournalRetention
{
    /// <summary>Segments all of whose frames were begun longer ago may go: 0 or more; null for any age.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The oldest may go while all together take more bytes: 0 or more; null for any size.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Segments with a lower number may go: 0 or more; null for none.</summary>
    public long? BeforeSegment { get; init; }

    /// <summary>This segment and later ones stay, whatever the rest says: 0 or more; null for no such place.</summary>
    public long? KeepFromSegment { get; init; }

    internal static OptionTable<JournalRetention> Ranges { get; } = new OptionTable<JournalRetention>("a journal's retention")
        .With(nameof(MaxAge), OptionRange.AtLeast(TimeSpan.Zero), static o => o.MaxAge)
        .With(nameof(MaxBytes), OptionRange.AtLeast(0L), static o => o.MaxBytes)
        .With(nameof(BeforeSegment), OptionRange.AtLeast(0L), static o => o.BeforeSegment)
        .With(nameof(KeepFromSegment), OptionRange.AtLeast(0L), static o => o.KeepFromSegment);

    internal void Validate()
    {
        Ranges.Check(this);
    }
}

/// <summary>What was deleted.</summary>
/// <param name="Segments">Segments.</param>
/// <param name="Frames">Frames in them.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Bytes">Bytes that are free again.</param>
/// <param name="ProtectedBy">The bookmark that kept more from being deleted; null if none did.</param>
public sealed record JournalTrimReport(int Segments, long Frames, long Events, long Bytes, string? ProtectedBy);

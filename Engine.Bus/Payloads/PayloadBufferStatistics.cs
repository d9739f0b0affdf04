using System.Globalization;

namespace Engine.Bus.Payloads;

/// <summary>The counters of a payload buffer at one moment.</summary>
/// <param name="Written">Payloads that the writer committed.</param>
/// <param name="Released">Payloads that the reader gave back.</param>
/// <param name="Abandoned">Payloads that the writer began and did not commit. Their bytes stay in flight until the reader passes them.</param>
/// <param name="BytesInFlight">Bytes that are committed and not released, headers included.</param>
/// <param name="WriterWaits">Times the writer waited for room.</param>
/// <param name="ReaderWaits">Times the reader waited for a payload.</param>
public readonly record struct PayloadBufferStatistics(
    long Written, long Released, long Abandoned, long BytesInFlight, long WriterWaits, long ReaderWaits)
{
    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Written:N0} written, {Released:N0} released, {Abandoned:N0} abandoned, {BytesInFlight:N0} bytes in flight, "
            + $"{WriterWaits:N0} waits of the writer, {ReaderWaits:N0} of the reader");
}

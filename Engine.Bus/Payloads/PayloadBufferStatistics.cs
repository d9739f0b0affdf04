namespace Engine.Bus.Payloads;

/// <summary>The counters of a payload buffer at one moment.</summary>
/// <param name="Written">Payloads that the writer committed.</param>
/// <param name="Released">Payloads that the reader gave back.</param>
/// <param name="Abandoned">Payloads that the writer began and did not commit. Their bytes stay in flight until the reader passes them.</param>
/// <param name="BytesInFlight">Bytes that are committed and not released, headers included.</param>
/// <param name="WriterWaits">Times the writer waited for room.</param>
/// <param name="ReaderWaits">Times the reader waited for a payload.</param>
public readonly record struct PayloadBufferStatistics(
    long Written, long Released, long Abandoned, long BytesInFlight, long WriterWaits, long ReaderWaits);

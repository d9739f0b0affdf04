namespace Engine.Bus.Versions;

/// <summary>What failed with one version of an event.</summary>
/// <param name="Version">The version.</param>
/// <param name="ContentType">What its bytes are; null if it has no codec.</param>
/// <param name="EncodeErrors">Events that could not be encoded.</param>
/// <param name="DecodeErrors">Payloads that could not be decoded.</param>
/// <param name="UpcastErrors">Events on which an upcaster threw.</param>
public readonly record struct EventVersionStatistics(
    EventVersion Version, string? ContentType, long EncodeErrors, long DecodeErrors, long UpcastErrors)
{
    /// <summary>The version and its errors.</summary>
    public override string ToString() =>
        $"{Version} ({ContentType ?? "no codec"}): {EncodeErrors} encode, {DecodeErrors} decode and {UpcastErrors} upcast errors";
}

namespace Engine.Events;

/// <summary>Who published an event: a producer of the engine, or the shared producer of threads that have none.</summary>
/// <param name="Id">Number within the engine; 0 is the shared producer.</param>
/// <param name="Name">Name given when the producer was created.</param>
/// <param name="VmId">Id of the virtual machine whose events these are; null if they belong to none.</param>
public sealed record ProducerInfo(int Id, string Name, string? VmId = null)
{
    /// <summary>The id of the shared producer.</summary>
    public const int SharedId = 0;

    /// <summary>Number of the virtual CPU within its machine whose events these are; null if they are of none.</summary>
    public ushort? VCpu { get; init; }

    /// <summary>Whether this is the shared producer, whose events come from any thread.</summary>
    public bool IsShared => Id == SharedId;
}

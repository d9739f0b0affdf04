namespace Engine.Subscriptions;

/// <summary>A place between two instructions of a virtual CPU: behind so many retired ones.</summary>
/// <param name="VCpu">Number of the virtual CPU within its machine.</param>
/// <param name="InstructionCount">Instructions that it has retired, as in <c>ExecutionPoint</c>: the next one has this number.</param>
/// <param name="VmId">Id of the machine; null for the one that has none.</param>
public readonly record struct Boundary(ushort VCpu, ulong InstructionCount, string? VmId = null)
{
    private const ulong NextCount = ulong.MaxValue;

    /// <summary>Whether this is the first place at which the virtual CPU looks, whatever its count.</summary>
    public bool IsNext => InstructionCount == NextCount;

    /// <summary>The first place at which the virtual CPU looks for what it is asked. Only to begin at.</summary>
    /// <param name="vCpu">Number of the virtual CPU within its machine.</param>
    /// <param name="vmId">Id of the machine; null for the one that has none.</param>
    public static Boundary Next(ushort vCpu, string? vmId = null) => new(vCpu, NextCount, vmId);

    /// <summary>The virtual CPU and the count, for people.</summary>
    public override string ToString() => IsNext ? $"vCPU {VCpu}, next" : $"vCPU {VCpu}, instruction {InstructionCount}";
}

using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary>
/// <c>vm.detail</c>: a range of instructions ends that a subscription was told in one detail. The ranges of a subscription lie in a row
/// without a hole, so the sum of their counts is what the virtual CPU has retired meanwhile, whatever was published, lost or left out.
/// 48 bytes.
/// </summary>
/// <param name="FirstInstruction">Number of the first instruction of the range.</param>
/// <param name="InstructionCount">Instructions in it; 0 where the subscription ended where a range had begun.</param>
/// <param name="FirstSequence">
/// Sequence of its first event, in the lane of <c>vm.instruction</c> or <c>vm.block</c>; 0 where it was counted only.
/// </param>
/// <param name="EventCount">Events published for it, those included that were lost afterwards.</param>
/// <param name="SubscriptionId">Which subscription: <c>ExecutionSubscription.Id</c>.</param>
/// <param name="VCpu">Number of the virtual CPU within its machine.</param>
/// <param name="Detail">The detail of the range.</param>
/// <param name="Next">The detail of the range that begins.</param>
/// <param name="Reason">Why it ends.</param>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly record struct DetailChanged(
    ulong FirstInstruction,
    ulong InstructionCount,
    long FirstSequence,
    long EventCount,
    uint SubscriptionId,
    ushort VCpu,
    ExecutionDetail Detail,
    ExecutionDetail Next,
    DetailChangeReason Reason) : IEvent<DetailChanged>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.detail")
    {
        Shard = "vm.lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };

    /// <summary>Number of the first instruction of the range that begins.</summary>
    public ulong EndInstruction => FirstInstruction + InstructionCount;
}

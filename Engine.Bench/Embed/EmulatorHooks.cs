using System.Collections.Concurrent;
using System.Threading.Channels;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Publish;

namespace Engine.Bench.Embed;

/// <summary>The interpreter as it is.</summary>
internal readonly struct NoHook : IEmulatorHook
{
    public void Retired(uint pc, uint encoding)
    {
    }

    public void Trapped(uint pc)
    {
    }

    public void Ended()
    {
    }
}

/// <summary>
/// An event of every instruction, one by one. A type for each use: the compiler lays a loop out for what it saw first, and one that first
/// ran with nobody subscribed publishes from code that it thought would not run.
/// </summary>
/// <typeparam name="TUse">What it is used for.</typeparam>
internal readonly struct LaneHook<TUse>(EventLane<InstructionRetired> lane) : IEmulatorHook
{
    public void Retired(uint pc, uint encoding)
    {
        if (lane.IsEnabled)
            lane.Publish(new InstructionRetired(pc, encoding, InstructionFlags.None));
    }

    public void Trapped(uint pc)
    {
    }

    public void Ended()
    {
    }
}

/// <summary>A claim of one slot for every instruction.</summary>
internal readonly struct SingleClaimHook(EventLane<InstructionRetired> lane) : IEmulatorHook
{
    public void Retired(uint pc, uint encoding)
    {
        if (!lane.IsEnabled)
            return;
        LaneClaim<InstructionRetired> claim = lane.Claim();
        claim.Event = new InstructionRetired(pc, encoding, InstructionFlags.None);
        claim.Publish();
    }

    public void Trapped(uint pc)
    {
    }

    public void Ended()
    {
    }
}

/// <summary>A claim that is kept in a field and filled over many instructions.</summary>
internal struct HeldClaimHook(EventLane<InstructionRetired> lane) : IEmulatorHook
{
    private const int Length = 1024;

    private LaneClaim<InstructionRetired> _claim;
    private int _filled;

    public void Retired(uint pc, uint encoding)
    {
        if (!lane.IsEnabled)
            return;
        Span<InstructionRetired> slots = _claim.Events;
        if (_filled == slots.Length)
        {
            _claim.Publish();
            _claim = lane.Claim(Length);
            _filled = 0;
            slots = _claim.Events;
        }

        slots[_filled++] = new InstructionRetired(pc, encoding, InstructionFlags.None);
    }

    public readonly void Trapped(uint pc)
    {
    }

    public void Ended()
    {
        _claim.Publish(_filled);
        _claim = default;
        _filled = 0;
    }
}

/// <summary>An array of the host's, published as a span when it is full.</summary>
internal struct SpanHook(EventLane<InstructionRetired> lane) : IEmulatorHook
{
    private const int Length = 1024;

    private readonly InstructionRetired[] _events = new InstructionRetired[Length];
    private int _filled;

    public void Retired(uint pc, uint encoding)
    {
        if (!lane.IsEnabled)
            return;
        _events[_filled++] = new InstructionRetired(pc, encoding, InstructionFlags.None);
        if (_filled == Length)
            Ended();
    }

    public readonly void Trapped(uint pc)
    {
    }

    public void Ended()
    {
        lane.PublishBatch(_events.AsSpan(0, _filled));
        _filled = 0;
    }
}

/// <summary>An event of every call of the environment, and none of instructions.</summary>
internal readonly struct TrapHook(EventLane<ExceptionRaised> lane) : IEmulatorHook
{
    private const ulong EnvironmentCallFromUser = 8;

    public void Retired(uint pc, uint encoding)
    {
    }

    public void Trapped(uint pc)
    {
        if (lane.IsEnabled)
        {
            lane.Publish(new ExceptionRaised(
                new ExecutionPoint(0, pc, 0, 0), EnvironmentCallFromUser, 0, PrivilegeMode.User, PrivilegeMode.Supervisor));
        }
    }

    public void Ended()
    {
    }
}

/// <summary>A C# event with 16 bytes of arguments.</summary>
/// <typeparam name="TUse">What it is used for.</typeparam>
internal readonly struct DelegateHook<TUse>(CSharpEventHost host) : IEmulatorHook
{
    public void Retired(uint pc, uint encoding) => host.Raise(pc, encoding);

    public void Trapped(uint pc)
    {
    }

    public void Ended()
    {
    }
}

/// <summary>Who declares the C# event: the emulator, in an author's code.</summary>
internal sealed class CSharpEventHost
{
    public event Action<InstructionRetired>? Instruction;

    public void Raise(uint pc, uint encoding) => Instruction?.Invoke(new InstructionRetired(pc, encoding, InstructionFlags.None));
}

/// <summary>A bounded channel; the writer waits where it is full.</summary>
internal readonly struct ChannelHook(ChannelWriter<InstructionRetired> writer) : IEmulatorHook
{
    public void Retired(uint pc, uint encoding)
    {
        var e = new InstructionRetired(pc, encoding, InstructionFlags.None);
        while (!writer.TryWrite(e))
            Thread.SpinWait(1);
    }

    public void Trapped(uint pc)
    {
    }

    public void Ended()
    {
    }
}

/// <summary>A bounded blocking collection.</summary>
internal readonly struct BlockingCollectionHook(BlockingCollection<InstructionRetired> collection) : IEmulatorHook
{
    public void Retired(uint pc, uint encoding) => collection.Add(new InstructionRetired(pc, encoding, InstructionFlags.None));

    public void Trapped(uint pc)
    {
    }

    public void Ended()
    {
    }
}

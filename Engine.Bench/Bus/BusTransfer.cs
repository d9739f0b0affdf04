using Engine.Bench.Support;

namespace Engine.Bench.Bus;

/// <summary>A way to bring numbered events to handlers that add the numbers up.</summary>
internal abstract class BusTransfer : IEventTransfer
{
    public abstract string Name { get; }

    public abstract long EventCount { get; }

    /// <summary>Handlers that each get every event.</summary>
    public virtual int HandlerCount { get; init; } = 1;

    /// <summary>Whether all of it runs on the calling thread.</summary>
    public virtual bool IsOnOneThread => false;

    /// <summary>
    /// Whether handlers may miss events. Then there is no sum to check, and <see cref="DeliveredShare"/> says how many they got.
    /// </summary>
    public virtual bool MayLose => false;

    /// <summary>What the handlers got of what they should have got in the latest run, in percent.</summary>
    public virtual double DeliveredShare => 100;

    public abstract ulong Run(long count);

    public ulong ExpectedSum(long count) => unchecked((ulong)HandlerCount * Checksum.Expected(count));

    public virtual void Dispose()
    {
    }
}

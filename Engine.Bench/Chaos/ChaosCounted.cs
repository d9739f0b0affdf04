using System.Globalization;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;

namespace Engine.Bench.Chaos;

/// <summary>What aggregates of victims apply: each number once, from 1.</summary>
internal sealed record ChaosCounted(long Number) : IEvent<ChaosCounted>
{
    public static EventDescriptor Descriptor { get; } = new("chaos.counted");

    public static EventVersions Versions { get; } =
        new EventVersionsBuilder().Add(ChaosJsonContext.Event).Add(ChaosJsonContext.Counted).Build();

    public static StoredEventFactory Events { get; } = new(Versions, "chaos");

    public static AggregateType<ChaosSum> Type { get; } = new AggregateTypeBuilder<ChaosSum>("sum", static () => new ChaosSum(0, 0))
        .On<ChaosCounted>(static (sum, counted) => new ChaosSum(sum.Count + 1, sum.Total + counted.Number))
        .WithSnapshots(1, ChaosJsonContext.Sum)
        .Build();
}

/// <summary>The state of an aggregate of victims. By its count everybody can tell its total.</summary>
internal sealed record ChaosSum(long Count, long Total)
{
    public bool IsRight => Total == Count * (Count + 1) / 2;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} numbers, {Total} in all");
}

using Engine.Bench.Peers;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>16-byte events from one producer to one consumer.</summary>
internal static class ThroughputSection
{
    private const int Rounds = 11;

    public static void Run(QuickReport report, Action<string> progress)
    {
        IOneToOne[] variants =
        [
            new EngineOneToOne(PublishForm.OneByOne),
            new EngineOneToOne(PublishForm.Span),
            new EngineOneToOne(PublishForm.Claim),
            new BareRingOneToOne(TimeSpan.FromMicroseconds(2)),
            new BareRingOneToOne(TimeSpan.Zero),
            new BoundedChannelOneToOne(),
        ];
        foreach (IOneToOne variant in variants)
            Interleaved.MillionsPerSecond(variant);

        RoundResult[] rounds = Interleaved.Run(
            Rounds, variants.Length, i => Interleaved.MillionsPerSecond(variants[i]), round => progress($"throughput {round + 1}/{Rounds}"));
        report.AddSection("16-byte events, one producer, one batch handler", [.. variants.Select(static v => v.Name)], rounds, "M/s");
        report.AddRatioTarget("one by one / bare hand-written loop", rounds, 0, 3, 0.8);
        report.AddRatioTarget("one by one / bounded Channel<T>", rounds, 0, 5, 20);
        report.AddRatioTarget("one by one / ring whose consumer polls without pause", rounds, 0, 4, 4);
        foreach (IOneToOne variant in variants)
            variant.Dispose();
    }
}

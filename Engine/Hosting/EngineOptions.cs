using System.Diagnostics.Metrics;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Hosting;

/// <summary>Options of an engine. Checked as a whole when the engine is built; changes after that have no effect.</summary>
public sealed class EngineOptions
{
    /// <summary>The most dispatcher threads.</summary>
    public const int MaxDispatcherCount = 256;

    /// <summary>
    /// Name of the engine in events and metrics; by default <c>engine</c>. Give each engine of a process its own name to tell
    /// them apart: the metrics of engines with the same name are added up.
    /// </summary>
    public string Name { get; set; } = "engine";

    /// <summary>Dispatcher threads, 0 to 256; 0, the default, for one per processor but one, and at least one.</summary>
    public int DispatcherCount { get; set; }

    /// <summary>Name of the dispatcher threads, before their number.</summary>
    public string DispatcherThreadName { get; set; } = "engine-dispatcher";

    /// <summary>Processors the dispatchers are pinned to, in turn; empty, the default, for none.</summary>
    public IList<int> DispatcherAffinity { get; } = [];

    /// <summary>What an idle dispatcher does.</summary>
    public WaitStrategyKind WaitStrategy { get; set; } = WaitStrategyKind.Adaptive;

    /// <summary>Batch sizes and poll gaps.</summary>
    public BatchSizingOptions BatchSizing { get; } = new();

    /// <summary>
    /// How long a dispatcher may be busy with one round before idle ones take its waiting lanes. 10 microseconds to
    /// 10 s.
    /// </summary>
    public TimeSpan StealAfter { get; set; } = TimeSpan.FromMicroseconds(200);

    /// <summary>How long a stop may take to dispatch what is left, where the call does not say. Range: above 0, at most 1 day.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Called for each handler, filter or loss callback that throws, on the thread it threw on. It must not block.
    /// What it throws itself is dropped.
    /// </summary>
    public Action<HandlerError>? OnHandlerError { get; set; }

    /// <summary>
    /// Makes the meter that the engine reports to, and owns it; null, the default, for a meter of the process. With a host, its
    /// factory is taken if none is set here.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    internal static OptionTable<EngineOptions> Ranges { get; } = new OptionTable<EngineOptions>("an engine")
        .With(nameof(DispatcherCount), OptionRange.Of(0, MaxDispatcherCount), static o => o.DispatcherCount)
        .With(nameof(StealAfter), OptionRange.Of(TimeSpan.FromMicroseconds(10), TimeSpan.FromSeconds(10)), static o => o.StealAfter)
        .With(nameof(StopTimeout), OptionRange.Above(TimeSpan.Zero, TimeSpan.FromDays(1)), static o => o.StopTimeout);

    /// <summary>Checks all options.</summary>
    /// <exception cref="ArgumentException">At least one option breaks its rule; the message names each, with value and rule.</exception>
    public void Validate()
    {
        var failures = new List<string>();
        Check(!string.IsNullOrWhiteSpace(Name), nameof(Name), $"\"{Name}\"", "a name that is not blank");
        Check(!string.IsNullOrWhiteSpace(DispatcherThreadName), nameof(DispatcherThreadName), $"\"{DispatcherThreadName}\"",
            "a name that is not blank");
        foreach (int processor in DispatcherAffinity)
            Check(processor is >= 0 and < 1024, nameof(DispatcherAffinity), processor, "processor numbers from 0 to 1023");
        Check(Enum.IsDefined(WaitStrategy), nameof(WaitStrategy), WaitStrategy,
            "one of " + string.Join(", ", Enum.GetNames<WaitStrategyKind>()));
        Check(Enum.IsDefined(BatchSizing.Mode), "BatchSizing.Mode", BatchSizing.Mode, "Adaptive or Fixed");
        foreach (OptionRow<BatchSizingOptions> row in BatchSizingOptions.Ranges.Broken(BatchSizing))
            Check(false, $"{nameof(BatchSizing)}.{row.Name}", row.ValueOf(BatchSizing)!, row.Prose);
        foreach (OptionRow<EngineOptions> row in Ranges.Broken(this))
            Check(false, row.Name, row.ValueOf(this)!, row.Prose);
        if (failures.Count > 0)
            throw new ArgumentException("Invalid engine options. " + string.Join(" ", failures));

        void Check(bool isValid, string option, object value, string rule)
        {
            if (!isValid)
                failures.Add(FormattableString.Invariant($"{nameof(EngineOptions)}.{option} is {value} but must be {rule}."));
        }
    }
}

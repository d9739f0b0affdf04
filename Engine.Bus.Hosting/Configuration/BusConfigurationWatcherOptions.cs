using Engine.Bus.Options;
using Engine.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Engine.Bus.Configuration;

/// <summary>How changes of a configuration are followed.</summary>
public sealed class BusConfigurationWatcherOptions
{
    /// <summary>Where the values of keys come from that the configuration does not have, and what can be set in code only.</summary>
    public EventBusOptions? Defaults { get; set; }

    /// <summary>
    /// The configuration's root, so that files that cannot be read at present are known and reported. Not needed if the root itself is
    /// watched.
    /// </summary>
    public IConfigurationRoot? Root { get; set; }

    /// <summary>
    /// How long nothing must change before a change is looked at: writing a file is several changes. Put off ten times at most.
    /// 0 to 1 hour.
    /// </summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Called with all that is wrong when a change is refused, once per set of problems. What it throws is dropped.</summary>
    public Action<IReadOnlyList<ConfigurationProblem>>? OnProblem { get; set; }

    /// <summary>Gets what was changed and what was refused.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal static OptionTable<BusConfigurationWatcherOptions> Ranges { get; } =
        new OptionTable<BusConfigurationWatcherOptions>("a watcher")
            .With(nameof(QuietPeriod), OptionRanges.QuietPeriod, static o => o.QuietPeriod);
}

using Engine.Primitives;
using Engine.Storage.Codecs;

namespace Engine.Storage.Logs;

/// <summary>How a journal is read as records. Read when it is opened.</summary>
public sealed class JournalEventsOptions
{
    /// <summary>How often somebody who waits for the next events looks for them: 1 ms to 1 minute.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How bytes become events.</summary>
    public JournalCodecs Codecs { get; set; } = new();

    /// <summary>Times the waits.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal static OptionTable<JournalEventsOptions> Ranges { get; } = new OptionTable<JournalEventsOptions>("a journal's reader")
        .With(nameof(PollInterval), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)), static o => o.PollInterval);

    internal void Validate()
    {
        Ranges.Check(this);
        ArgumentNullException.ThrowIfNull(Codecs);
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}

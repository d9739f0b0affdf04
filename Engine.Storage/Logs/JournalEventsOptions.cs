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

    internal void Validate()
    {
        if (PollInterval < TimeSpan.FromMilliseconds(1) || PollInterval > TimeSpan.FromMinutes(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(PollInterval), PollInterval, $"{nameof(PollInterval)} of a journal's reader must be 1 ms to 1 minute.");
        }

        ArgumentNullException.ThrowIfNull(Codecs);
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}

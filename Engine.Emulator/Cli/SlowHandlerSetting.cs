using System.Globalization;
using Engine.Events.Vm;

namespace Engine.Emulator.Cli;

/// <summary>A handler that is slow on purpose.</summary>
/// <param name="EventName">The event type it subscribes to.</param>
/// <param name="Duration">How long it computes at each event.</param>
internal sealed record SlowHandlerSetting(string EventName, TimeSpan Duration)
{
    private const int MaxMicroseconds = 1_000_000;

    /// <summary>Parses EVENT=MICROSECONDS.</summary>
    /// <exception cref="FormatException">It is something else, or there is no such event type.</exception>
    public static SlowHandlerSetting Parse(string text)
    {
        int equals = text.LastIndexOf('=');
        if (equals < 0 || !int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int microseconds)
            || microseconds is < 1 or > MaxMicroseconds)
            throw new FormatException($"\"{text}\" is not EVENT=MICROSECONDS with 1 to {MaxMicroseconds} microseconds");
        string name = text[..equals];
        return VmEvents.All.Any(type => type.Name == name)
            ? new SlowHandlerSetting(name, TimeSpan.FromMicroseconds(microseconds))
            : throw new FormatException(
                $"\"{name}\" is no event type; there are {string.Join(", ", VmEvents.All.Select(static type => type.Name))}");
    }
}

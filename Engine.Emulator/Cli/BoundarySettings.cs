using System.Globalization;
using Engine.Emulator.Loading;
using Engine.Subscriptions;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Which instructions of a run are wanted.</summary>
/// <param name="From">Number of the first; null for the first that there is.</param>
/// <param name="Until">Number of the one behind the last; null for all that follow.</param>
/// <param name="Region">Where the instructions are whose events are wanted, or null for everywhere.</param>
internal sealed record BoundarySettings(ulong? From, ulong? Until, ExecutionRegion? Region)
{
    /// <summary>Whether not all are wanted.</summary>
    public bool AreSet => From is not null || Until is not null || Region is not null;

    /// <summary>Reads the options; null where they are not given.</summary>
    /// <exception cref="UsageException">An option is no number or no range, or nothing lies between the boundaries.</exception>
    public static BoundarySettings Parse(string? from, string? until, string? region)
    {
        var settings = new BoundarySettings(Count("--from", from), Count("--until", until), RegionOf(region));
        return settings.Until <= (settings.From ?? 0)
            ? throw new UsageException($"--until: {settings.Until} does not come behind --from, {settings.From ?? 0}")
            : settings;
    }

    private static ulong? Count(string option, string? text) => text is null
        ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) && count < ulong.MaxValue
            ? count
            : throw new UsageException($"{option}: \"{text}\" is not an instruction count");

    private static ExecutionRegion? RegionOf(string? text)
    {
        if (text is null)
            return null;
        try
        {
            int separator = text.IndexOf('-', StringComparison.Ordinal);
            if (separator < 0)
                throw new FormatException($"\"{text}\" is not FIRST-LAST");
            ulong first = GuestNumber.ParseAddress(text[..separator]);
            ulong last = GuestNumber.ParseAddress(text[(separator + 1)..]);
            return first <= last
                ? new ExecutionRegion { FirstPc = first, LastPc = last }
                : throw new FormatException($"\"{text}\" is empty: the first address is above the last");
        }
        catch (FormatException error)
        {
            throw new UsageException($"--region: {error.Message}");
        }
    }
}

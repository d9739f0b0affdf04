using System.CommandLine;
using System.Globalization;
using Engine.Emulator.Loading;
using Engine.Events.Vm;
using Engine.Storage.Journals;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>The commands around a journal: <c>replay</c> and <c>journal</c>.</summary>
internal static class JournalCommandLine
{
    private static readonly Argument<string> Folder = new("DIR") { Description = "Directory of a journal." };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "Begin at this instruction count. Exact for vm.instruction and for events that carry their count.",
        HelpName = "N",
    };

    private static readonly Option<string?> To = new("--to") { Description = "End before this instruction count.", HelpName = "N" };

    private static readonly Option<string?> Events = new("--events")
    {
        Description = "Event types to replay: names separated by commas, NAME* for all that begin so. Without it: all.",
        HelpName = "LIST",
    };

    private static readonly Option<string?> EventType = new("--event")
    {
        Description = "Print the events of this type instead of frames.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> First = new("--first") { Description = "Begin at this sequence.", HelpName = "N" };

    private static readonly Option<string?> Count = new("--count") { Description = "How many to print; 100 if not given.", HelpName = "N" };

    private static readonly Option<string?> Key = new("--key")
    {
        Description = "The account must be signed with the key in this file.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Signed = new("--signed") { Description = "Each session must be signed off." };

    private static readonly Option<string?> BeforeSegment = new("--before-segment")
    {
        Description = "Delete segments with a lower number.",
        HelpName = "N",
    };

    private static readonly Option<string?> MaxBytes = new("--max-bytes")
    {
        Description = "Delete the oldest segments while all take more: bytes, or a number followed by K, M or G.",
        HelpName = "SIZE",
    };

    private static readonly Option<string?> MaxAge = new("--max-age")
    {
        Description = "Delete segments that are older: a number followed by s, m, h or d.",
        HelpName = "AGE",
    };

    /// <summary>The command that plays a recorded run again.</summary>
    public static Command Replay()
    {
        var replay = new Command("replay", "Replays the last run that was recorded, without its guest: handlers get the same events.")
        {
            Folder,
            From,
            To,
            Events,
            EmulatorCommandLine.Serve,
        };
        replay.SetAction(static result => new ReplayRunner(SettingsOf(result)).Run());
        return replay;
    }

    /// <summary>The commands that look at a journal.</summary>
    public static Command Journal()
    {
        var info = new Command("info", "Shows the streams of a journal, and what is missing in them.") { Folder };
        info.SetAction(static result => JournalCommands.Info(result.GetRequiredValue(Folder), Console.Out));
        var verify = new Command(
            "verify", "Compares every checksum and recomputes every account; exit code 1 if anything is damaged, missing or different.")
        {
            Folder, Key, Signed,
        };
        verify.SetAction(static result => JournalCommands.Verify(
            result.GetRequiredValue(Folder), JournalFolder.ReadKey(Key.Name, result.GetValue(Key)), result.GetValue(Signed), Console.Out));
        var dump = new Command("dump", "Prints frames, or the events of one type.") { Folder, EventType, First, Count };
        dump.SetAction(static result => JournalCommands.Dump(
            result.GetRequiredValue(Folder), EventTypeOf(result), (long)Math.Min(Number(result, First, 0), long.MaxValue),
            (int)Math.Min(Number(result, Count, 100), int.MaxValue), Console.Out));
        var cut = new Command("cut", "Cuts off what a killed writer was writing, and says how many events that was.") { Folder };
        cut.SetAction(static result => JournalCommands.Cut(result.GetRequiredValue(Folder), Console.Out));
        var trim = new Command("trim", "Deletes the oldest segments, as a whole; what a bookmark wants and the last one stay.")
        {
            Folder, BeforeSegment, MaxBytes, MaxAge,
        };
        trim.SetAction(static result => JournalCommands.Trim(result.GetRequiredValue(Folder), RetentionOf(result), Console.Out));
        return new Command("journal", "Looks at a journal, and deletes from it.") { info, verify, dump, cut, trim };
    }

    private static ReplaySettings SettingsOf(ParseResult result)
    {
        ulong from = Number(result, From, 0);
        ulong to = Number(result, To, ulong.MaxValue);
        if (from > to)
            throw new UsageException($"{From.Name}: {from} is behind {To.Name}, which is {to}");
        return new ReplaySettings(
            result.GetRequiredValue(Folder), from, to, EventSelection.Parse(result.GetValue(Events) ?? "all"))
        {
            IsServed = result.GetResult(EmulatorCommandLine.Serve) is { Implicit: false },
            ServeAddress = result.GetValue(EmulatorCommandLine.Serve),
        };
    }

    private static JournalRetention RetentionOf(ParseResult result)
    {
        var retention = new JournalRetention
        {
            BeforeSegment = result.GetValue(BeforeSegment) is null
                ? null : (long)Math.Min(Number(result, BeforeSegment, 0), long.MaxValue),
            MaxBytes = result.GetValue(MaxBytes) is not { } bytes
                ? null : (long)Math.Min(EmulatorCommandLine.Parse(MaxBytes.Name, bytes, GuestNumber.ParseSize), long.MaxValue),
            MaxAge = result.GetValue(MaxAge) is not { } age ? null : EmulatorCommandLine.Parse(MaxAge.Name, age, ParseAge),
        };
        return retention != new JournalRetention()
            ? retention
            : throw new UsageException(
                $"nothing to delete is named: give {BeforeSegment.Name}, {MaxBytes.Name} or {MaxAge.Name}");
    }

    private static TimeSpan ParseAge(string text)
    {
        double unit = text is [.., var last] ? last switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 } : 0;
        return unit > 0 && uint.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? TimeSpan.FromSeconds(number * unit)
            : throw new FormatException($"\"{text}\" is not an age: expected a number followed by s, m, h or d");
    }

    private static string? EventTypeOf(ParseResult result)
    {
        string? name = result.GetValue(EventType);
        return name is null || VmEvents.All.Any(type => type.Name == name)
            ? name
            : throw new UsageException($"--event: \"{name}\" is no event type; see run --help");
    }

    private static ulong Number(ParseResult result, Option<string?> option, ulong byDefault) => result.GetValue(option) is not { } text
        ? byDefault
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new UsageException($"{option.Name}: \"{text}\" is not a number of at least 0");
}

using System.CommandLine;
using Engine.Cluster.Contracts;
using Engine.Fleet.Hosts;
using Engine.Primitives;
using Engine.Tooling;

namespace Engine.Fleet.Cli;

/// <summary>The command line. Errors are one line on standard error and exit code 2.</summary>
internal static class FleetCommandLine
{
    /// <summary>What error messages begin with.</summary>
    public const string Name = "engine-fleet";

    private const string DefaultTypes = "vm.page-fault,vm.exception,vm.interrupt-raised,vm.block";
    private const int MaxHosts = 64;

    private static readonly ConnectionOptions Connection = new();

    private static readonly Option<string> Folder = new("--folder")
    {
        Description = "Where journals are kept. Without it: engine-fleet in the system's folder for temporary files.",
        HelpName = "DIR",
        DefaultValueFactory = static _ => Path.Combine(Path.GetTempPath(), "engine-fleet"),
    };

    private static readonly Option<string?> KeyFile = new("--keys")
    {
        Description = "Who may command: a file with a line for each, ISSUER HEXDIGITS VERB,VERB or * for all verbs.",
        HelpName = "FILE",
    };

    private static readonly Option<string> Types = new("--events")
    {
        Description = $"Event types to record, separated by commas. Without it: {DefaultTypes}.",
        HelpName = "LIST",
        DefaultValueFactory = static _ => DefaultTypes,
    };

    private static readonly Option<string[]> Samples = new("--sample")
    {
        Description = "Record an event type for a slice of each period only: vm.instruction=100/5000 is 100 ms of each 5,000. " +
            "May be repeated.",
        HelpName = "TYPE=MS/MS",
        DefaultValueFactory = static _ => [],
    };

    private static readonly Option<string> HostName = new("--name")
    {
        Description = "The host's name, unique in the fleet: 1 to 64 of a to z, 0 to 9, '-' and '_'.",
        HelpName = "NAME",
        Required = true,
    };

    private static readonly Option<int> Hosts = Number("--hosts", "N", "How many hosts.", 2, 1, MaxHosts);

    private static readonly Option<int> Port = Number("--port", "PORT", "The broker's port on loopback.", 4222, 1, 65535);

    private static readonly Option<int> Seconds = Number(
        "--seconds", "N", "Ends after so many seconds; 0 for never.", 0, 0, 1_000_000);

    private static readonly Option<int> HostCount = Number("--hosts", "N", "How many hosts.", 1000, 1, 10_000_000);

    private static readonly Option<int> Rate = Number(
        "--bytes-per-second", "N", "Bytes of frames that each host sends a second.", 100_000, 1, 1_000_000_000);

    private static readonly Option<int> Copies = Number("--copies", "N", "Copies of each stream.", 3, 1, 5);

    private static readonly Option<int> Processors = Number(
        "--processors", "N", "Processors of a broker's node, and of a hub's machine.", 8, 1, 1024);

    private static readonly Option<bool> Once = new("--once") { Description = "Show it once, and end." };

    private static readonly Option<bool> Json = new("--json") { Description = "Show it as one line of JSON." };

    private static readonly Argument<string> Target = new("HOST") { Description = "The host, or all." };

    private static readonly Argument<string> Verb = new("VERB") { Description = "record, stop-recording or cut." };

    private static readonly Argument<string?> VerbArgument = new("ARGUMENT")
    {
        Description = "With what: of record and stop-recording, the event type; of cut, \"snapshot\" to keep the machine too.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> Issuer = new("--issuer")
    {
        Description = "Who asks: a name in the file of --keys.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => "operator",
    };

    /// <summary>Carries out a command line.</summary>
    public static Task<int> InvokeAsync(IReadOnlyList<string> arguments) => new ToolProgram(Name, CreateRoot())
    {
        ExitCodeOf = static error => error is ClusterException ? ToolExitCodes.Usage : null,
    }.InvokeAsync(arguments);

    internal static RootCommand CreateRoot()
    {
        var up = new Command("up", "Start a broker, a hub and hosts on this machine, until it is told to end.")
        {
            Hosts, Folder, Port, Seconds,
        };
        up.SetAction(static (parsed, token) => Run(() => FleetUp.RunAsync(
            parsed.GetValue(Hosts), parsed.GetValue(Folder)!, parsed.GetValue(Port), parsed.GetValue(Seconds), token)));
        var host = new Command("host", "Run a guest again and again, record its events and publish the journal.")
        {
            HostName, Folder, Types, Samples, KeyFile, Seconds,
        };
        Connection.AddTo(host);
        host.SetAction(static (parsed, token) => Run(() => FleetRuns.HostAsync(
            SettingsOf(parsed), Connection.Read(parsed), parsed.GetValue(Seconds), token)));
        var hub = new Command("hub", "Take in what hosts publish, and answer who asks for the fleet.") { Folder, Seconds };
        Connection.AddTo(hub);
        hub.SetAction(static (parsed, token) => Run(() => FleetRuns.HubAsync(
            parsed.GetValue(Folder)!, Connection.Read(parsed), parsed.GetValue(Seconds), token)));
        var view = new Command("view", "Show the fleet, each second.") { Once, Json };
        Connection.AddTo(view);
        view.SetAction(static (parsed, token) => Run(() => FleetRuns.ViewAsync(
            Connection.Read(parsed), parsed.GetValue(Once), parsed.GetValue(Json), token)));
        var command = new Command("command", "Ask a host, or all, to do something; exit code 1 if one did not.")
        {
            Target, Verb, VerbArgument, Issuer, KeyFile,
        };
        Connection.AddTo(command);
        command.SetAction(static (parsed, token) => Run(() => FleetRuns.CommandAsync(
            Connection.Read(parsed), parsed.GetValue(Target)!, parsed.GetValue(Verb)!, parsed.GetValue(VerbArgument) ?? string.Empty,
            parsed.GetValue(Issuer)!, KeysOf(parsed), token)));
        var size = new Command("size", "Say what a fleet of so many hosts needs, by measured costs and a simulation.")
        {
            HostCount, Rate, Copies, Processors,
        };
        size.SetAction(static (parsed, _) => Run(() => FleetRuns.Size(
            parsed.GetValue(HostCount), parsed.GetValue(Rate), parsed.GetValue(Copies), parsed.GetValue(Processors))));
        return new RootCommand(
            "A fleet of hosts on a broker, NATS or RabbitMQ: their journals in one place, audited, and commands to them.")
        {
            up, host, hub, view, command, size,
        };
    }

    private static async Task<int> Run(Func<Task<int>> run)
    {
        StandardStreams.RequireOutput();
        return await run().ConfigureAwait(false);
    }

    private static HostSettings SettingsOf(ParseResult parsed)
    {
        string name = parsed.GetValue(HostName)!;
        if (!ClusterNames.IsHost(name))
            throw new UsageException($"--name: \"{name}\" is not 1 to 64 of a to z, 0 to 9, '-' and '_', a letter or digit first");
        string[] types = parsed.GetValue(Types)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string type in types)
        {
            if (!EventRecorder.AllTypes.Contains(type))
            {
                throw new UsageException(
                    $"--events: \"{type}\" is no event type; there are {string.Join(", ", EventRecorder.AllTypes)}");
            }
        }

        return new HostSettings(
            name, parsed.GetValue(Folder)!, [.. types.Distinct()], parsed.GetValue(KeyFile) is null ? [] : KeysOf(parsed),
            TimeSpan.FromMilliseconds(500))
        {
            Samples =
            [
                .. parsed.GetValue(Samples)!.Select(static text => SampleSetting.Parse(text) ?? throw new UsageException(
                    $"--sample: \"{text}\" is no event type and two numbers of milliseconds, such as vm.instruction=100/5000")),
            ],
        };
    }

    private static IReadOnlyList<Engine.Cluster.Fleet.CommandKey> KeysOf(ParseResult parsed) => parsed.GetValue(KeyFile) is { } file
        ? CommandKeyFile.Read("--keys", file) : throw new UsageException("--keys: commands need a key");

    private static Option<int> Number(string name, string help, string description, int defaultValue, int least, int most)
    {
        OptionRange<int> range = OptionRange.Of(least, most);
        var option = new Option<int>(name)
        {
            Description = $"{description} {range.Prose}.",
            HelpName = help,
            DefaultValueFactory = _ => defaultValue,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && !range.Contains(value))
                result.AddError($"{name} must be {range.Prose}; got {value}.");
        });
        return option;
    }
}

using System.CommandLine;
using Engine.Gateway.Access;
using Engine.Tooling;

namespace Engine.Server.Cli;

/// <summary>The command line. Errors are one line on standard error and exit code 2.</summary>
internal static class ServerCommandLine
{
    /// <summary>What error messages begin with.</summary>
    public const string Name = "engine-server";

    private static readonly Argument<string?> Elf = new("ELF")
    {
        Description = "Program to boot beside the gateway. Without it: the bundled guest.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Address = new("--address")
    {
        Description = "Where to listen: PORT, HOST, HOST:PORT, or * for all interfaces. Without it: 127.0.0.1:5080, or a free port if " +
            "that is taken. What other machines can reach needs an API key.",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string[]> Config = new("--config")
    {
        Description = "Read settings from a JSON file. May be repeated; later ones win, then the environment (ENGINE_Sse__Heartbeat), " +
            "then --set.",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Set one setting, such as Sse:Heartbeat=00:00:05. May be repeated.",
        HelpName = "KEY=VALUE",
    };

    private static readonly Option<string?> KeyName = new("--name")
    {
        Description = "Whose key it is, for limits and logs.",
        HelpName = "NAME",
    };

    private static readonly Option<bool> NoMachine = new("--no-machine")
    {
        Description = "Serve events without running a guest.",
    };

    private static readonly Option<string?> Attach = new("--attach")
    {
        Description = "Show the events of another server, such as those of a run with Engine.Emulator run --serve, and run no guest.",
        HelpName = "URL",
    };

    /// <summary>Carries out a command line.</summary>
    public static Task<int> InvokeAsync(IReadOnlyList<string> arguments) =>
        new ToolProgram(Name, CreateRoot()) { HandlesSignals = true }.InvokeAsync(arguments.Count == 0 ? ["run"] : arguments);

    internal static RootCommand CreateRoot()
    {
        var run = new Command("run", "Run a guest and serve its events to browsers (the default).")
        {
            Elf, Address, Config, Set, NoMachine, Attach,
        };
        run.SetAction(static (parsed, cancellationToken) => RunAsync(SettingsOf(parsed), cancellationToken));
        var key = new Command("key", "Make an API key, and print it and the hash that the configuration needs.") { KeyName };
        key.SetAction(static parsed => PrintKey(parsed.GetValue(KeyName)));
        return new RootCommand("Serves the events of a machine as an event stream, and a page that shows them.") { run, key };
    }

    private static HostSettings SettingsOf(ParseResult parsed) => new(
        parsed.GetValue(Elf), parsed.GetValue(Address), parsed.GetValue(Config) ?? [], parsed.GetValue(Set) ?? [],
        parsed.GetValue(NoMachine), parsed.GetValue(Attach));

    private static async Task<int> RunAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        StandardStreams.RequireOutput();
        return await ServerHost.RunAsync(settings, cancellationToken).ConfigureAwait(false);
    }

    private static int PrintKey(string? name)
    {
        StandardStreams.RequireOutput();
        string key = ApiKeyHash.NewKey();
        if (!string.IsNullOrWhiteSpace(name))
            Console.WriteLine($"name: {ToolProgram.Shorten(name.ReplaceLineEndings(" "))}");
        Console.WriteLine($"key:  {key}");
        Console.WriteLine($"hash: {ApiKeyHash.Of(key)}");
        return 0;
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Support;

namespace Engine.Bench.Chaos;

/// <summary>Breaks things on purpose, and compares what is left with what was confirmed.</summary>
internal static class ChaosCommand
{
    private const int DefaultKills = 100;
    private const int DefaultClusterKills = 14;
    private const int MaxKills = 1_000_000;
    private const int MaxMinutes = 10_080;
    private const int DifferencesFound = 1;

    /// <summary>What can be broken.</summary>
    public static readonly (string Name, Func<ChaosPlan, ChaosKind, Task> Run)[] Kinds =
    [
        ("journal-killed", static (plan, kind) => Done(() => JournalChaos.Kill(plan, kind, isFull: false))),
        ("journal-disk-full", static (plan, kind) => Done(() => JournalChaos.Kill(plan, kind, isFull: true))),
        ("journal-small-disk", static (plan, kind) => Done(() => JournalChaos.KillOnSmallDisk(plan, kind))),
        ("journal-damaged", static (plan, kind) => Done(() => DamageChaos.Run(plan, kind))),
        ("journal-power-lost", static (plan, kind) => Done(() => PowerLossTrial.Run(plan, kind))),
        ("sqlite-killed", static (plan, kind) => DatabaseChaos.RunAsync(plan, kind, null)),
        ("postgresql-killed", static (plan, kind) => RunOnServerAsync(plan, kind, DatabaseChaos.RunAsync)),
        ("sqlite-sourcing", static (plan, kind) => DatabaseChaos.RunSourcingAsync(plan, kind, null)),
        ("postgresql-sourcing", static (plan, kind) => RunOnServerAsync(plan, kind, DatabaseChaos.RunSourcingAsync)),
    ];

    /// <summary>What can be broken of a fleet.</summary>
    public static readonly (string Name, Func<ChaosPlan, ChaosKind, Task> Run)[] ClusterKinds =
    [
        ("one-node", static (plan, kind) => ClusterChaos.RunOnNatsAsync(plan, kind, nodes: 1)),
        ("three-nodes", static (plan, kind) => ClusterChaos.RunOnNatsAsync(plan, kind, nodes: 3)),
        ("full-disk", static (plan, kind) => ClusterChaos.RunOnSmallDiskAsync(plan, kind)),
        ("rabbitmq-three-nodes", static (plan, kind) => ClusterChaos.RunOnRabbitAsync(plan, kind, nodes: 3)),
    ];

    public static Command Create() => new(
        "chaos", "Breaks things on purpose, and compares what is left with what was confirmed.")
    {
        CreateOne(
            "storage",
            "Kills writers, publishers, handlers and re-drivers at random and at named steps, fills the disk, cuts the power, damages "
            + "files, crashes the server; says what is not as it must be. Exit code 1 if anything is.",
            Kinds, DefaultKills),
        CreateOne(
            "cluster",
            "Kills hosts, hub and the broker's nodes, cuts and slows connections, fills and deletes streams; says what is not as it must "
            + "be. Exit code 1 if anything is.",
            ClusterKinds, DefaultClusterKills),
    };

    private static Command CreateOne(
        string name, string description, (string Name, Func<ChaosPlan, ChaosKind, Task> Run)[] kinds, int defaultKills)
    {
        Option<string> filter = NameFilter.CreateOption(
            $"What to break: {string.Join(", ", kinds.Select(static kind => kind.Name))}.");
        Option<int> minutes = Number("--minutes", "M", "Goes on, with other seeds, until so many minutes have passed.", 0, 0, MaxMinutes);
        Option<int> kills = Number("--kills", "N", "Kills of each kind, each time.", defaultKills, 1, MaxKills);
        Option<int> seed = Number("--seed", "S", "What chance makes of it.", 1, 0, int.MaxValue / 2);
        var command = new Command(name, description) { filter, kills, minutes, seed };
        command.SetAction(parsed => CommandRun.Guard(() =>
        {
            IReadOnlyList<(string Name, Func<ChaosPlan, ChaosKind, Task> Run)> selected =
                NameFilter.Select(kinds, static kind => kind.Name, parsed.GetValue(filter)!);
            var progress = Progress.ToErrorStream();
            long start = Stopwatch.GetTimestamp();
            bool isClean = true;
            int round = 0;
            do
            {
                var plan = new ChaosPlan(parsed.GetValue(seed) + (round++ * 1009), parsed.GetValue(kills), progress.Step);
                isClean &= Run(selected, plan, Console.Out);
            }
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(parsed.GetValue(minutes)));
            progress.Done();
            return isClean ? 0 : DifferencesFound;
        }));
        return command;
    }

    /// <summary>Breaks things once, and reports.</summary>
    /// <returns>Whether everything was as it must be.</returns>
    public static bool Run(
        IEnumerable<(string Name, Func<ChaosPlan, ChaosKind, Task> Run)> selected, ChaosPlan plan, TextWriter output)
    {
        output.WriteLine(Text($"seed {plan.Seed}, {plan.Kills:N0} of each kind"));
        output.WriteLine("                        kills  at named steps    confirmed  slowest opening  differences");
        bool isClean = true;
        foreach ((string name, Func<ChaosPlan, ChaosKind, Task> run) in selected)
        {
            var kind = new ChaosKind(name);
            run(plan, kind).GetAwaiter().GetResult();
            string opening = kind.SlowestOpening == 0 ? "" : Text($"{kind.SlowestOpening:F1} ms");
            output.WriteLine(Text(
                $"{name,-20}{kind.Kills,9:N0}{kind.AtSteps,16:N0}{kind.Confirmed,13:N0}{opening,17}{kind.Differences.Count,13:N0}"));
            foreach (string difference in kind.Differences)
                output.WriteLine($"    {difference}");
            if (kind.Kills == 0)
            {
                output.WriteLine(
                    "    left out: its server is not installed (Debian's packages are postgresql, nats-server and "
                    + "rabbitmq-server), or nobody may mount here");
            }

            isClean &= kind.Differences.Count == 0;
        }

        return isClean;
    }

    private static async Task RunOnServerAsync(
        ChaosPlan plan, ChaosKind kind, Func<ChaosPlan, ChaosKind, PostgreSqlServer?, Task> run)
    {
        using PostgreSqlServer? server = PostgreSqlServer.Start();
        if (server is not null)
            await run(plan, kind, server).ConfigureAwait(false);
    }

    private static Task Done(Action run)
    {
        run();
        return Task.CompletedTask;
    }

    private static Option<int> Number(string name, string help, string description, int defaultValue, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = help, DefaultValueFactory = _ => defaultValue };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && (value < least || value > most))
                result.AddError($"{name} must be at least {least} and at most {most}; got {value}.");
        });
        return option;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

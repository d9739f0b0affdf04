using System.Globalization;
using Engine.Bench.Support;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Stores;

namespace Engine.Bench.Chaos;

/// <summary>
/// Kills processes that share a database, two at work at a time, at random and at each named step; a server is crashed under them, too.
/// In the end a last one does what is left over, and the database is compared with what they said.
/// </summary>
internal static class DatabaseChaos
{
    private const int NumbersOfVictim = 1_000_000;
    private const int CrashEvery = 5;
    private const int MaxLines = 300;
    private const long MaxLogBytes = 8 << 20;

    /// <summary>Runs it; <paramref name="server"/> is null for SQLite.</summary>
    public static Task RunAsync(ChaosPlan plan, ChaosKind kind, PostgreSqlServer? server) =>
        RunAsync(plan, kind, server, "database", ChaosSteps.Database, static async (plan, kind, target, lines) =>
        {
            var ledger = new DatabaseLedger();
            ledger.Take(lines);
            await FinishAsync(plan, target, ledger).ConfigureAwait(false);
            kind.Confirmed = ledger.ConfirmedCount;
            kind.Add(ledger.Problems);
        });

    /// <summary>The same with aggregates, snapshots, projections, processors and publishers.</summary>
    public static Task RunSourcingAsync(ChaosPlan plan, ChaosKind kind, PostgreSqlServer? server) =>
        RunAsync(plan, kind, server, "sourcing", ChaosSteps.Sourcing, static async (plan, kind, target, lines) =>
        {
            await using StorageDatabase database = DatabaseVictim.Open(target);
            await SourcingLedger.CheckAsync(kind, database, lines, plan.Patience * 30).ConfigureAwait(false);
        });

    private static async Task RunAsync(
        ChaosPlan plan, ChaosKind kind, PostgreSqlServer? server, string work, string[] steps,
        Func<ChaosPlan, ChaosKind, string, List<string>, Task> check)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-chaos-");
        try
        {
            string path = Path.Combine(folder.FullName, "events.db");
            string target = server is null ? $"sqlite:{path}" : $"postgresql:{server.ConnectionString}";
            var lines = new List<string>();
            Kill(plan, kind, server, new Victims(work, steps, target, path), lines);
            await check(plan, kind, target, lines).ConfigureAwait(false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Kill(ChaosPlan plan, ChaosKind kind, PostgreSqlServer? server, Victims victims, List<string> lines)
    {
        var random = new Random(plan.Seed);
        for (int number = 0; number < plan.Kills; number += 2)
        {
            plan.Progress($"{kind.Name}, kill {number + 1} of {plan.Kills}");
            string step = string.Create(
                CultureInfo.InvariantCulture, $"{victims.Steps[number / 2 % victims.Steps.Length]}:{1 + random.Next(8)}");
            using ChaosChild stepped = ChaosChild.Start(victims.Work, victims.Target, (number + 1) * NumbersOfVictim, step);
            using ChaosChild other = ChaosChild.Start(victims.Work, victims.Target, (number + 2) * NumbersOfVictim, "none");
            other.WaitForLines(random.Next(MaxLines), plan.Patience);
            if (server is not null && number / 2 % CrashEvery == 1)
            {
                server.Crash();
                server.Resume();
                other.WaitForLines(MaxLines + random.Next(MaxLines), plan.Patience);
            }

            kind.AtSteps += stepped.WaitForDeath(TimeSpan.FromSeconds(2)) ? 1 : 0;
            lines.AddRange(stepped.Kill());
            lines.AddRange(other.Kill());
            kind.Kills += 2;
            var log = new FileInfo(victims.Path + "-wal");
            if (server is null && log.Exists && log.Length is var length and > MaxLogBytes)
                kind.Add([$"the write-ahead log has {length} bytes"]);
        }
    }

    private sealed record Victims(string Work, string[] Steps, string Target, string Path);

    /// <summary>Lets a last victim work until nothing is left over, and compares.</summary>
    private static async Task FinishAsync(ChaosPlan plan, string target, DatabaseLedger ledger)
    {
        await using StorageDatabase database = DatabaseVictim.Open(target);
        IReadOnlyList<string> lines = await DatabaseVictim.FinishAsync(database, plan.Patience * 30).ConfigureAwait(false);
        ledger.Take(lines);
        await ledger.CheckAsync(new SqlEventStore(database), new SqlDeadLetters(database)).ConfigureAwait(false);
    }
}

using System.Globalization;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// Kills writers of a journal at random and at each named step, on a disk that is full at times and under a clock that jumps.
/// </summary>
internal static class JournalChaos
{
    private const int KillsPerJournal = 20;
    private const long FullEveryBytes = 100_000;
    private const long SmallDiskBytes = 400_000;
    private const int MaxLines = 400;
    private static readonly TimeSpan SmallDiskPatience = TimeSpan.FromSeconds(1);

    public static void Kill(ChaosPlan plan, ChaosKind kind, bool isFull)
    {
        var random = new Random(plan.Seed);
        for (int done = 0; done < plan.Kills;)
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-chaos-");
            try
            {
                var ledger = new JournalLedger();
                for (int i = 0; i < KillsPerJournal && done < plan.Kills; i++, done++)
                    KillOne(plan, kind, folder.FullName, ledger, done, random, isFull ? FullEveryBytes : 0);
                kind.Add(ledger.Problems);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>The same on a file system that is really full.</summary>
    public static void KillOnSmallDisk(ChaosPlan plan, ChaosKind kind)
    {
        // One that finds no room says nothing more.
        plan = plan with { Patience = SmallDiskPatience };
        var random = new Random(plan.Seed);
        for (int done = 0; done < plan.Kills;)
        {
            using LimitedDisk? disk = LimitedDisk.TryCreate(SmallDiskBytes);
            if (disk is null)
                return;
            var ledger = new JournalLedger();
            string folder = Path.Combine(disk.Path, "journal");
            for (int i = 0; i < KillsPerJournal && done < plan.Kills; i++, done++)
                KillOne(plan, kind, folder, ledger, done, random, JournalVictim.SmallDisk);
            kind.Add(ledger.Problems);
        }
    }

    private static void KillOne(
        ChaosPlan plan, ChaosKind kind, string folder, JournalLedger ledger, int number, Random random, long fullEvery)
    {
        plan.Progress($"{kind.Name}, kill {number + 1} of {plan.Kills}");
        // Each step has its turn; every other kill is at random.
        string name = ChaosSteps.Journal[number / 2 % ChaosSteps.Journal.Length];
        string step = number % 2 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{name}:{1 + random.Next(6)}") : "none";
        using ChaosChild child = ChaosChild.Start("journal", folder, plan.Seed + number, step, fullEvery);
        bool isAtStep = false;
        child.WaitForLines(random.Next(MaxLines), plan.Patience);
        if (step != "none")
            isAtStep = child.WaitForDeath(TimeSpan.FromMilliseconds(200));
        IReadOnlyList<string> lines = child.Kill();
        kind.Kills++;
        kind.AtSteps += isAtStep ? 1 : 0;
        long session = 0;
        foreach (string[] words in lines.Select(static line => line.Split(' ')))
        {
            switch (words[0])
            {
                case "opened":
                    kind.SlowestOpening = Math.Max(kind.SlowestOpening, double.Parse(words[1], CultureInfo.InvariantCulture));
                    break;
                case "session":
                    session = long.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "offered":
                    ledger.NoteOffered(session, int.Parse(words[1], CultureInfo.InvariantCulture), EndOf(words));
                    break;
                case "confirmed":
                    kind.Confirmed++;
                    ledger.NoteConfirmed(session, int.Parse(words[1], CultureInfo.InvariantCulture), EndOf(words));
                    break;
            }
        }

        // One that was killed before it could do anything may have left nothing.
        if (lines.Count > 0 || Directory.Exists(folder))
            ledger.Check(new DiskFiles(folder));
    }

    private static long EndOf(string[] words) => long.Parse(words[2], CultureInfo.InvariantCulture);
}

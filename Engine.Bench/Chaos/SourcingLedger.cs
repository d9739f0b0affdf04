using System.Collections.Concurrent;
using System.Globalization;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;

namespace Engine.Bench.Chaos;

/// <summary>Has a last victim finish what others left over, and compares the database with what they said.</summary>
internal static class SourcingLedger
{
    public static async Task CheckAsync(ChaosKind kind, StorageDatabase database, IReadOnlyList<string> lines, TimeSpan patience)
    {
        var said = new ConcurrentDictionary<string, byte>(lines.Distinct().Select(static line => KeyValuePair.Create(line, (byte)0)));
        await using var victim = new SourcingVictim(database, 0, line => said.TryAdd(line, 0));
        await victim.StartAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(patience);
        Dictionary<string, StoredEvent> stored = await ReadAsync(victim.Store).ConfigureAwait(false);
        StoredEvent[] published = [.. stored.Values.Where(static item => item.EventType == ChaosEvent.Descriptor.Name)];
        while (!limit.IsCancellationRequested && !published.All(item => IsDone(item, said)))
            await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
        await victim.DisposeAsync().ConfigureAwait(false);

        string[][] words = [.. said.Keys.Select(static line => line.Split(' '))];
        kind.Confirmed = words.Count(static line => line[0] is "saved" or "stored");
        kind.Add(
        [
            .. Missing("processed", "processed"), .. Missing("out", "carried out"), .. Missing("offer", "begun"),
            .. words.Where(line => line[0] == "stored" && stored.GetValueOrDefault(line[1])?.Sequence != Number(line[2]))
                .Select(static line => $"event {line[1]} was confirmed at {line[2]}, and is not there"),
            .. await AggregatesAsync(victim, words).ConfigureAwait(false),
            .. await ProjectionAsync(victim, database).ConfigureAwait(false),
        ]);

        IEnumerable<string> Missing(string word, string what) => published
            .Where(item => !said.ContainsKey($"{word} {item.Id}")).Select(item => $"event {item.Sequence} was never {what}");
    }

    /// <summary>An aggregate has what was confirmed, and the same with its snapshots as without.</summary>
    private static async Task<List<string>> AggregatesAsync(SourcingVictim victim, string[][] words)
    {
        var plain = new AggregateRepository<ChaosSum>(victim.Store, ChaosCounted.Events, ChaosCounted.Type);
        var problems = new List<string>();
        foreach (IGrouping<string, string[]> saved in words.Where(static line => line[0] == "saved").GroupBy(static line => line[1]))
        {
            Aggregate<ChaosSum> fast = await victim.Repository.LoadAsync(saved.Key).ConfigureAwait(false);
            Aggregate<ChaosSum> slow = await plain.LoadAsync(saved.Key).ConfigureAwait(false);
            if (fast.State != slow.State || fast.Version != slow.Version)
                problems.Add($"aggregate {saved.Key}: {fast.State} with snapshots, {slow.State} without");
            if (!slow.State.IsRight || slow.State.Count != slow.Version)
                problems.Add($"aggregate {saved.Key}: {slow.State} at version {slow.Version}");
            if (saved.Max(static line => Number(line[2])) > slow.Version)
                problems.Add($"aggregate {saved.Key} was confirmed at a version above {slow.Version}");
        }

        return problems;
    }

    /// <summary>Each event is applied once, by the one that was kept and by one that is made anew.</summary>
    private static async Task<List<string>> ProjectionAsync(SourcingVictim victim, StorageDatabase database)
    {
        var problems = new List<string>();
        await victim.Projection.CatchUpAsync().ConfigureAwait(false);
        for (int i = 0; i < 2; i++)
        {
            int generation = (await victim.Projection.GetStatusAsync().ConfigureAwait(false)).Generation;
            List<string> wrong = await database.QueryAsync(
                "comparing a projection",
                $"""
                SELECT s.stream, s.version, t.count FROM streams AS s
                LEFT JOIN {SourcingVictim.TableOf(generation)} AS t ON t.stream = s.stream WHERE t.count IS NULL OR t.count <> s.version
                """,
                static row => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.GetString(0)} has {row.GetInt64(1)} events, {(row.IsDBNull(2) ? 0 : row.GetInt64(2))} applied"),
                [], CancellationToken.None).ConfigureAwait(false);
            problems.AddRange(wrong.Select(line => $"projection, generation {generation}: {line}"));
            if (i == 0)
                await victim.Projection.RebuildAsync().ConfigureAwait(false);
        }

        return problems;
    }

    private static async Task<Dictionary<string, StoredEvent>> ReadAsync(SqlEventStore store)
    {
        var events = new Dictionary<string, StoredEvent>();
        await foreach (StoredEvent item in store.ReadAsync().ConfigureAwait(false))
            events.Add(item.Id.ToString(), item);
        return events;
    }

    private static bool IsDone(StoredEvent item, ConcurrentDictionary<string, byte> said) =>
        said.ContainsKey($"processed {item.Id}") && said.ContainsKey($"out {item.Id}");

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

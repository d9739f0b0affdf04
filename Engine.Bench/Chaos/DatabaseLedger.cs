using System.Globalization;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Bench.Chaos;

/// <summary>What victims said of a database, kept outside of it, and what is wrong where the two are compared.</summary>
internal sealed class DatabaseLedger
{
    private readonly HashSet<string> _begun = [];
    private readonly Dictionary<string, long> _stored = [];
    private readonly HashSet<string> _committed = [];
    private readonly HashSet<long> _handled = [];
    private readonly HashSet<string> _redriven = [];
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public long ConfirmedCount => _stored.Count + _committed.Count;

    /// <summary>Takes what one victim said, in its order.</summary>
    public void Take(IEnumerable<string> lines)
    {
        foreach (string[] words in lines.Select(static line => line.Split(' ')))
        {
            switch (words[0])
            {
                case "offer" or "try":
                    _begun.Add(words[1]);
                    break;
                case "stored":
                    _stored[words[1]] = long.Parse(words[2], CultureInfo.InvariantCulture);
                    break;
                case "committed":
                    _committed.Add(words[1]);
                    break;
                case "handled":
                    _handled.Add(long.Parse(words[1], CultureInfo.InvariantCulture));
                    break;
                case "redriven":
                    _redriven.Add(words[1]);
                    break;
            }
        }
    }

    /// <summary>Compares, after everything that was left over was done.</summary>
    public async Task CheckAsync(SqlEventStore store, SqlDeadLetters letters)
    {
        var found = new Dictionary<string, long>();
        var lastOfKey = new Dictionary<string, string>();
        long expected = 1;
        await foreach (StoredEvent item in store.ReadAsync().ConfigureAwait(false))
        {
            string id = item.Id.ToString();
            if (item.Sequence != expected)
                Add($"sequence {item.Sequence} comes where {expected} was expected");
            expected = item.Sequence + 1;
            if (!found.TryAdd(id, item.Sequence))
                Add($"event {id} is there twice");
            if (!_begun.Contains(id))
                Add($"event {id} is there, and nobody has begun it");
            if (item.EventType == ChaosEvent.OutboxType)
                CheckOrder(item, lastOfKey);
            else
                CheckHandled(item);
        }

        foreach ((string id, long sequence) in _stored)
        {
            if (!found.TryGetValue(id, out long where) || where != sequence)
                Add($"event {id} was confirmed at {sequence}, and is {(where == 0 ? "not there" : $"at {where}")}");
        }

        foreach (string id in _committed.Where(id => !found.ContainsKey(id)))
            Add($"outbox row {id} was committed, and is not published");
        foreach (DeadLetter letter in await letters.ListAsync().ConfigureAwait(false))
            Add($"letter {letter.Event.Sequence} of {letter.Subscription} is left over: {letter.ErrorMessage}");
    }

    private void CheckOrder(StoredEvent item, Dictionary<string, string> lastOfKey)
    {
        string number = item.Metadata["number"];
        if (lastOfKey.TryGetValue(item.Key!, out string? last) && string.CompareOrdinal(last, number) > 0)
            Add($"outbox row {number} of key {item.Key} was published behind {last}");
        lastOfKey[item.Key!] = number;
    }

    private void CheckHandled(StoredEvent item)
    {
        ChaosEvent payload = System.Text.Json.JsonSerializer.Deserialize(item.Data.Span, ChaosJsonContext.Event)!;
        if (payload.Fails ? !_redriven.Contains(item.Id.ToString()) : !_handled.Contains(payload.Number))
            Add($"event {item.Sequence} (number {payload.Number}) was {(payload.Fails ? "not driven again" : "never handled")}");
    }

    private void Add(FormattableString problem) => _problems.Add(problem.ToString(CultureInfo.InvariantCulture));
}

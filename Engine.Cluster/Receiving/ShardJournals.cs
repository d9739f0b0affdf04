using System.Diagnostics.CodeAnalysis;
using Engine.Cluster.Contracts;

namespace Engine.Cluster.Receiving;

/// <summary>
/// The copies of a shard's journals. One whose folder cannot be opened or written is set aside by name, and tried again from time to
/// time; the others go on. Its frames are not kept meanwhile: their host has them, and is asked for them. Opened, used and set aside by
/// one thread; what was said and what there is are for all.
/// </summary>
internal sealed class ShardJournals(HubOptions options, JournalDirectoryLimit limit)
{
    /// <summary>How long one is set aside before it is tried again.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string Host, string Journal), HostJournal> _journals = [];
    private readonly Dictionary<(string Host, string Journal), HostWord> _said = [];
    private readonly SortedDictionary<(string Host, string Journal), SetAside> _aside = [];
    private readonly Lock _lock = new();
    private long _uses;

    /// <summary>The journals that were opened.</summary>
    public IReadOnlyList<HostJournal> All()
    {
        lock (_lock)
            return [.. _journals.Values];
    }

    /// <summary>What is wrong with those that are set aside.</summary>
    public IReadOnlyList<ClusterException> Faults()
    {
        lock (_lock)
            return [.. _aside.Values.Select(static aside => aside.Fault)];
    }

    /// <summary>Hosts say what the broker has of theirs, and what they know the hub to have.</summary>
    public void NoteSent(string host, string journal, long sentFrame, long auditedFrame)
    {
        lock (_lock)
        {
            if (_said.Count < options.MaxJournals || _said.ContainsKey((host, journal)))
                _said[(host, journal)] = new HostWord(sentFrame, auditedFrame);
        }
    }

    /// <summary>The journals, those included of which nothing has come yet, with what their hosts said last.</summary>
    public (HostJournal Journal, HostWord Word)[] Said()
    {
        Dictionary<(string Host, string Journal), HostWord> said;
        lock (_lock)
            said = new Dictionary<(string, string), HostWord>(_said);
        foreach ((string host, string journal) in said.Keys)
            TryOpen(host, journal, out _);
        return
        [
            .. All().Where(journal => !IsAside(journal))
                .Select(journal => (journal, said.GetValueOrDefault((journal.Host, journal.Journal)))),
        ];
    }

    /// <summary>Opens a journal that a host has.</summary>
    /// <returns>False if there is no room for it, its name is none, or it is set aside.</returns>
    public bool TryOpen(string host, string id, [NotNullWhen(true)] out HostJournal? journal)
    {
        journal = null;
        if (id.Length != 16 || !id.All(char.IsAsciiHexDigitLower) || IsWaiting((host, id)) || !limit.TryAdd(host, id))
            return false;
        lock (_lock)
            _journals.TryGetValue((host, id), out journal);
        try
        {
            if (journal is null)
            {
                journal = new HostJournal(options, host, id);
                lock (_lock)
                    _journals.Add((host, id), journal);
            }
            else
            {
                journal.Open();
            }

            lock (_lock)
                _aside.Remove((host, id));
            journal.LastUse = ++_uses;
            return true;
        }
        catch (Exception exception)
        {
            Put((host, id), exception);
            journal = null;
            return false;
        }
    }

    /// <summary>Sets a journal aside.</summary>
    public void PutAside(HostJournal journal, Exception exception)
    {
        journal.Dispose();
        Put((journal.Host, journal.Journal), exception);
    }

    /// <summary>Closes the files of those that were not used for the longest time: a fleet is larger than the number of handles.</summary>
    public void CloseSome()
    {
        List<HostJournal> open = [.. All().Where(static journal => journal.IsOpen)];
        foreach (HostJournal journal in open.OrderBy(static journal => journal.LastUse).Take(open.Count - options.MaxOpenJournals))
            journal.Dispose();
    }

    private bool IsAside(HostJournal journal)
    {
        lock (_lock)
            return _aside.ContainsKey((journal.Host, journal.Journal));
    }

    private bool IsWaiting((string Host, string Journal) key)
    {
        lock (_lock)
        {
            return _aside.TryGetValue(key, out SetAside aside)
                && options.TimeProvider.GetElapsedTime(aside.Since) < RetryInterval;
        }
    }

    private void Put((string Host, string Journal) key, Exception exception)
    {
        string folder = Path.Combine(options.Directory, key.Host, key.Journal);
        var fault = new ClusterException(
            ClusterFault.CopyFailed,
            $"The copy of journal {key.Journal} of \"{key.Host}\" in \"{folder}\" cannot be used: {exception.Message} Its frames wait at "
            + $"the host, the others' go on; it is tried again each {RetryInterval.TotalSeconds:F0} s.", exception);
        lock (_lock)
            _aside[key] = new SetAside(options.TimeProvider.GetTimestamp(), fault);
    }

    private readonly record struct SetAside(long Since, ClusterException Fault);
}

/// <summary>What a host has said of a journal.</summary>
/// <param name="Sent">The last frame that the broker has acknowledged.</param>
/// <param name="Audited">The last frame that it knows the hub to have.</param>
internal readonly record struct HostWord(long Sent, long Audited);

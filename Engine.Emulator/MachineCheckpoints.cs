using Engine.Hosting;
using Engine.Storage.Journals;
using Engine.Storage.Sourcing;

namespace Engine.Emulator;

/// <summary>
/// Keeps checkpoints of a machine in a store of snapshots: the machine with the place in its journal and those of subscribers, so that they
/// fit together after a crash. A checkpoint is kept only when everything before it is durable in the journal. Thread-safe, but for the
/// machine.
/// </summary>
/// <param name="snapshots">Where they are kept; the newest ones stay, as many as it keeps.</param>
/// <param name="name">What the machine is known by over restarts.</param>
public sealed class MachineCheckpoints(ISnapshotStore snapshots, string name)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private string Stream => $"machine-{name}";

    /// <summary>
    /// Makes a checkpoint, between two runs, on the thread that runs the machine and not inside a handler. Waits until what has been
    /// published has been handled and is durable. Publishes <c>snapshot.created</c>, which is behind the instant.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="journal">The journal that records it; null where none does.</param>
    /// <param name="subscribers">Says, when everything has been handled, how far subscribers are, by name; null for none.</param>
    /// <param name="timeout">How long handlers and disk may take; null for 30 s each.</param>
    /// <param name="cancellationToken">Gives up before the snapshot is written.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="InvalidOperationException">The machine is running.</exception>
    /// <exception cref="TimeoutException">Handlers or the journal's disk did not come to an end in time; nothing was kept.</exception>
    public async ValueTask<MachineCheckpoint> SaveAsync(
        Machine machine, Journal? journal = null, Func<IReadOnlyDictionary<string, long>>? subscribers = null, TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(machine);
        TimeSpan patience = timeout ?? DefaultTimeout;
        MachineCutResult result = machine.Cut(patience);
        if (result.Outcome != CutOutcome.Done)
            throw new TimeoutException($"The machine could not be cut: {result.Outcome}, {result.Detail ?? "no detail"}.");
        IReadOnlyDictionary<string, long> places = subscribers?.Invoke() ?? new Dictionary<string, long>();
        using var bytes = new MemoryStream();
        MachineSnapshot snapshot = machine.SaveSnapshot(bytes);
        if (journal is not null && !journal.Flush(patience))
        {
            throw new TimeoutException(
                $"The journal did not become durable within {patience}: {journal.LastError?.Message ?? "too slow"}.");
        }

        var checkpoint = new MachineCheckpoint(
            result.Cut!.RetiredInstructions, journal?.Directory ?? "", MachineCheckpoint.PlacesOf(result.Cut), places,
            snapshot.Id, bytes.ToArray());
        await snapshots.SaveAsync(
            new Snapshot(Stream, VersionOf(checkpoint.RetiredInstructions), MachineCheckpoint.SchemaVersion, checkpoint.Write()),
            cancellationToken).ConfigureAwait(false);
        return checkpoint;
    }

    /// <summary>Gets the newest checkpoint; null if there is none that can be read.</summary>
    /// <param name="atMost">The instructions that the machine may have retired at it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<MachineCheckpoint?> LoadAsync(
        ulong atMost = long.MaxValue - 1, CancellationToken cancellationToken = default)
    {
        long version = VersionOf(Math.Min(atMost, long.MaxValue - 1));
        while (version > 0 && await snapshots.LoadAsync(Stream, version, cancellationToken).ConfigureAwait(false) is { } found)
        {
            try
            {
                if (found.SchemaVersion == MachineCheckpoint.SchemaVersion)
                    return MachineCheckpoint.Read(found.Data.ToArray());
            }
            catch (InvalidDataException)
            {
                // An older one is better than none.
            }

            version = found.Version - 1;
        }

        return null;
    }

    /// <summary>Removes all checkpoints, and publishes <c>snapshot.deleted</c> for each that can be read.</summary>
    /// <param name="machine">The machine that publishes it; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    public async ValueTask<int> DeleteAsync(Machine? machine = null, CancellationToken cancellationToken = default)
    {
        var known = new List<MachineSnapshot>();
        for (MachineCheckpoint? next = await LoadAsync(cancellationToken: cancellationToken).ConfigureAwait(false); next is not null;
            next = next.RetiredInstructions == 0
                ? null : await LoadAsync(next.RetiredInstructions - 1, cancellationToken).ConfigureAwait(false))
        {
            known.Add(next.Snapshot);
        }

        int count = await snapshots.DeleteAsync(Stream, cancellationToken).ConfigureAwait(false);
        if (machine is not null)
            known.ForEach(machine.ReportSnapshotDeleted);
        return count;
    }

    // Versions begin with 1, and a machine may be kept before it has run.
    private static long VersionOf(ulong retired) => checked((long)retired + 1);
}

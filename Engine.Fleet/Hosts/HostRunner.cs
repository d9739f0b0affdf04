using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Transport;
using Engine.Storage.Journals;

namespace Engine.Fleet.Hosts;

/// <summary>A host of a fleet: a machine, its journal, what publishes it, and what it does when it is asked to.</summary>
internal static class HostRunner
{
    public static async Task RunAsync(
        HostSettings settings, ClusterOptions cluster, Action<string> say, CancellationToken cancellationToken)
    {
        string directory = Path.Combine(settings.Folder, settings.Name);
        using Journal journal = Journal.Open(directory, new JournalOptions
        {
            SegmentBytes = settings.SegmentBytes,
            FrameEvents = 8192,
            Retention = new JournalRetention { MaxBytes = settings.KeepBytes },
            OnError = error => say($"journal: {error.Message}"),
        });
        using var recorder = new EventRecorder(journal, settings.EventTypes);
        await using IClusterTransport transport = ClusterTransports.Create(cluster, $"host {settings.Name}");
        await using var publisher = new JournalPublisher(transport, new JournalPublisherOptions
        {
            Host = settings.Name,
            Directory = directory,
            Shards = cluster.Shards,
            MaxBacklogBytes = settings.MaxBacklogBytes,
            OnFault = fault => say(fault is null ? "the broker takes frames" : $"{fault.Fault}: {fault.Message}"),
        });
        await using var guest = new GuestLoop(settings.Name, recorder, settings.Pause);
        using var commands = new FleetCommands(
            new FleetCommandOptions { Keys = settings.Keys, TrailFile = Path.Combine(directory, "commands.jsonl") },
            Handlers(journal, publisher, recorder, guest));
        await using var member = new FleetMember(transport, new FleetMemberOptions
        {
            Host = settings.Name,
            Publisher = publisher,
            Commands = settings.Keys.Count == 0 ? null : commands,
            Capacity = () => new HostCapacity(
                Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, guest.IsRunning ? 1 : 0,
                LostIn(journal))
            {
                Counts = guest.Counts.Read(),
            },
        });
        SliceSampler[] samplers = [.. settings.Samples.Select(sample => new SliceSampler(recorder, sample, TimeProvider.System))];
        guest.Start();
        publisher.Start();
        member.Start();
        say($"host {settings.Name} records {string.Join(", ", recorder.Types)} in {directory}");
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (SliceSampler sampler in samplers)
            await sampler.DisposeAsync().ConfigureAwait(false);
    }

    private static Dictionary<string, CommandHandler> Handlers(
        Journal journal, JournalPublisher publisher, EventRecorder recorder, GuestLoop guest)
    {
        return new Dictionary<string, CommandHandler>
        {
            ["record"] = (command, _) => recorder.TryAdd(command.Argument)
                ? new ValueTask<string>($"records {string.Join(", ", recorder.Types)}")
                : throw new ArgumentException(
                    $"\"{command.Argument}\" is no event type; there are {string.Join(", ", EventRecorder.AllTypes)}"),
            ["stop-recording"] = (command, _) => new ValueTask<string>(
                recorder.TryRemove(command.Argument)
                    ? $"records {string.Join(", ", recorder.Types)}" : $"\"{command.Argument}\" was not recorded"),
            ["cut"] = (command, token) => CutCommand.RunAsync(command.Argument, guest, journal, publisher, token),
        };
    }

    private static long LostIn(Journal journal)
    {
        JournalStatistics statistics = journal.GetStatistics();
        return statistics.LostInRings + statistics.Dropped;
    }
}

/// <summary>What a host was asked to be.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Where its journal is, in a folder of its name.</param>
/// <param name="EventTypes">What is recorded from the beginning on.</param>
/// <param name="Keys">Who may command it.</param>
/// <param name="Pause">How long between two runs of the guest.</param>
internal sealed record HostSettings(
    string Name, string Folder, IReadOnlyList<string> EventTypes, IReadOnlyList<CommandKey> Keys, TimeSpan Pause)
{
    /// <summary>What is recorded in slices only.</summary>
    public IReadOnlyList<SampleSetting> Samples { get; init; } = [];

    public long SegmentBytes { get; init; } = 16L << 20;

    public long KeepBytes { get; init; } = 1L << 30;

    public long MaxBacklogBytes { get; init; } = 4L << 30;
}

using System.Text;
using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;

namespace Engine.Cluster.Fleet;

/// <summary>Asks the fleet, and commands it. Stateless.</summary>
public static class FleetClient
{
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromMilliseconds(250);

    // As far as timers count.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(24);

    /// <summary>Asks the hub for the fleet, in as many messages as it takes.</summary>
    /// <param name="transport">The way to the broker.</param>
    /// <param name="timeout">How long at most, for each message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The fleet; null if no hub answers.</returns>
    /// <exception cref="ClusterException">The broker cannot be asked.</exception>
    public static async ValueTask<FleetSnapshot?> QueryAsync(
        IClusterTransport transport, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        var hosts = new List<FleetHost>();
        string after = string.Empty;
        while (true)
        {
            ReadOnlyMemory<byte>? answer = await transport.AskAsync(
                ClusterNames.QuerySubject, Encoding.UTF8.GetBytes(after), timeout, cancellationToken).ConfigureAwait(false);
            if (answer is not { } bytes || FleetJsonContext.ReadSnapshot(bytes.Span) is not { Hosts: not null } part)
                return null;
            hosts.AddRange(part.Hosts);
            // Parts are moments apart; a name comes once.
            if (part.Next is not { } next || string.CompareOrdinal(next, after) <= 0)
                return part with { Hosts = hosts, Next = null };
            after = next;
        }
    }

    /// <summary>Sends a command, and gathers the answers. Who is away does not hear it: its answer is missing.</summary>
    /// <param name="transport">The way to the broker.</param>
    /// <param name="command">The command.</param>
    /// <param name="hosts">Those that are expected to answer; it ends when they have.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answers that came.</returns>
    /// <exception cref="ClusterException">The broker cannot be reached.</exception>
    public static async Task<IReadOnlyList<FleetResult>> CommandAsync(
        IClusterTransport transport, FleetCommand command, IReadOnlyCollection<string> hosts, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(hosts);
        using CancellationTokenSource limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        limited.CancelAfter(timeout < LongestWait ? timeout : LongestWait);
        var results = new List<FleetResult>();
        // Told again and again: who has carried it out answers again, and does nothing.
        Task telling = TellAsync(transport, command, limited.Token);
        try
        {
            await foreach (TransportNote note in transport.ListenAsync(ClusterNames.ResultSubject(command.Id), limited.Token)
                .ConfigureAwait(false))
            {
                if (FleetJsonContext.ReadResult(note.Body.Span) is { } result && result.Command == command.Id
                    && !results.Exists(known => known.Host == result.Host))
                    results.Add(result);
                if (hosts.Count > 0 && hosts.All(host => results.Exists(known => known.Host == host)))
                    break;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }

        await limited.CancelAsync().ConfigureAwait(false);
        try
        {
            await telling.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was told often enough.
        }

        return results;
    }

    private static async Task TellAsync(IClusterTransport transport, FleetCommand command, CancellationToken cancellationToken)
    {
        byte[] bytes = FleetJsonContext.Write(command);
        while (true)
        {
            await transport.TellAsync(ClusterNames.CommandSubject(command.Target), bytes, cancellationToken).ConfigureAwait(false);
            await Task.Delay(RepeatInterval, cancellationToken).ConfigureAwait(false);
        }
    }
}

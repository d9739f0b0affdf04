using System.Globalization;
using System.Text;
using Engine.Cluster.Local;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Engine.Bench.Chaos;

/// <summary>NATS, whose streams are full when nobody consumes. Not thread-safe.</summary>
internal class NatsChaosBroker(string folder, int nodes) : ChaosBroker
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly LocalBroker _broker = LocalBroker.Start(folder, nodes);

    public override string Url => _broker.Url;

    public override int NodeCount => _broker.NodeCount;

    public override string Scheme => "nats";

    public override TimeSpan Patience => TimeSpan.FromMinutes(5);

    public override int PortOf(int node) => _broker.PortOf(node);

    public override void Kill(int node) => _broker.Kill(node);

    public override void Restart(int node) => _broker.Restart(node);

    public override async Task DeleteStreamAsync(string stream)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = Url });
        try
        {
            await new NatsJSContext(connection).DeleteStreamAsync(stream).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NatsException)
        {
            // The broker has no leader at the moment, or the stream is not there.
        }
    }

    public override async Task<string> DescribeAsync(IEnumerable<string> streams)
    {
        var text = new StringBuilder();
        for (int node = 0; node < NodeCount; node++)
        {
            await using var connection = new NatsConnection(new NatsOpts { Url = $"nats://127.0.0.1:{PortOf(node)}" });
            foreach (string stream in streams)
            {
                await AskAsync($"STREAM.INFO.{stream}").ConfigureAwait(false);
                await AskAsync($"CONSUMER.INFO.{stream}.{ClusterVictim.HubName}").ConfigureAwait(false);
            }

            async Task AskAsync(string what) => text.Append(CultureInfo.InvariantCulture, $"node {node + 1} {what} ")
                .Append(await AnswerOfAsync(connection, $"$JS.API.{what}").ConfigureAwait(false)).Append('\n');
        }

        return text.ToString();
    }

    public override void Dispose() => _broker.Dispose();

    private static async Task<string> AnswerOfAsync(NatsConnection connection, string subject)
    {
        try
        {
            using var time = new CancellationTokenSource(AnswerTimeout);
            NatsMsg<string> answer = await connection.RequestAsync<string, string>(subject, string.Empty, cancellationToken: time.Token)
                .ConfigureAwait(false);
            return answer.Data ?? string.Empty;
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException)
        {
            return exception.Message;
        }
    }
}

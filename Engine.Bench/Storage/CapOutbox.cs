using System.Diagnostics;
using System.Globalization;
using DotNetCore.CAP;
using DotNetCore.CAP.Messages;
using DotNetCore.CAP.Transport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Engine.Bench.Storage;

/// <summary>
/// CAP as its documentation sets it up: messages in the caller's transaction on PostgreSQL, sent when that has committed. The broker is one
/// in memory that confirms at once, as that of the outbox beside it.
/// </summary>
internal static class CapOutbox
{
    private const string Topic = "bench.event";

    public static async Task<double> PublishAsync(string connectionString, KeyOrder order, int writers, int keys, byte[] data)
    {
        int rows = order.ExpectedCount;
        string text = Convert.ToBase64String(data, 0, data.Length * 3 / 4);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddCap(options =>
        {
            options.UsePostgreSql(connectionString);
            options.RegisterExtension(new MemoryBroker(order));
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        await using IBootstrapper bootstrapper = provider.GetRequiredService<IBootstrapper>();
        await bootstrapper.BootstrapAsync(CancellationToken.None).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync().ConfigureAwait(false);
            for (int i = writer; i < rows; i += writers)
            {
                await using AsyncServiceScope scope = provider.CreateAsyncScope();
                ICapPublisher publisher = scope.ServiceProvider.GetRequiredService<ICapPublisher>();
                using ICapTransaction transaction =
                    await connection.BeginTransactionAsync(publisher, autoCommit: false).ConfigureAwait(false);
                await publisher.PublishAsync(
                    Topic, text, new Dictionary<string, string?>
                    {
                        ["key"] = (i % keys).ToString(CultureInfo.InvariantCulture),
                        ["n"] = (i / keys).ToString(CultureInfo.InvariantCulture),
                    }).ConfigureAwait(false);
                await transaction.CommitAsync().ConfigureAwait(false);
            }
        }))).ConfigureAwait(false);
        await order.AllPublished.ConfigureAwait(false);
        return rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class MemoryBroker(KeyOrder order) : ICapOptionsExtension, ITransport, IConsumerClientFactory
    {
        public BrokerAddress BrokerAddress => new("memory", "localhost");

        public void AddServices(IServiceCollection services) => services
            .AddSingleton(new CapMessageQueueMakerService("memory"))
            .AddSingleton<ITransport>(this)
            .AddSingleton<IConsumerClientFactory>(this);

        public Task<OperateResult> SendAsync(TransportMessage message)
        {
            order.Published(
                int.Parse(message.Headers["key"]!, CultureInfo.InvariantCulture),
                int.Parse(message.Headers["n"]!, CultureInfo.InvariantCulture));
            return Task.FromResult(OperateResult.Success);
        }

        // Nobody subscribes here.
        public Task<IConsumerClient> CreateAsync(string groupName, byte groupConcurrent) => throw new NotSupportedException();
    }
}

using System.Data.Common;
using Npgsql;

namespace Engine.Storage.Databases;

/// <summary>A database of PostgreSQL.</summary>
internal sealed class PostgreSqlDatabase : StorageDatabase
{
    private static readonly TimeSpan ListenPause = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly CancellationTokenSource _stop = new();

    public PostgreSqlDatabase(string connectionString, DatabaseOptions? options)
        : base(options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        // Connections are kept by the engine, with their statements; a second pool would keep them twice.
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            CommandTimeout = (int)Math.Ceiling(Options.BusyTimeout.TotalSeconds),
        };
        _source = new NpgsqlSlimDataSourceBuilder(builder.ToString()).Build();
    }

    internal override SqlDialect Dialect => SqlDialect.PostgreSql;

    /// <inheritdoc/>
    public override string ToString() => $"PostgreSQL {_source.ConnectionString}";

    // Old versions of a row stay until the server's vacuum, and in its log until that is recycled.
    internal override bool TryScrub() => false;

    private protected override DbConnection Open(bool isReader)
    {
        NpgsqlConnection connection = _source.OpenConnection();
        try
        {
            using NpgsqlCommand command = connection.CreateCommand();
            // A confirmed commit survives a crash whatever the server's default is.
            command.CommandText = "SET synchronous_commit TO on";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>One connection, opened again where it breaks; meanwhile those who wait look for themselves, as ever.</summary>
    internal override async Task ListenAsync(Action<string?> onNews, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await ListenOnceAsync(onNews, cancellationToken).ConfigureAwait(false);
        _ = Task.Run(() => KeepListeningAsync(connection, onNews), CancellationToken.None);
    }

    private protected override void Released()
    {
        _stop.Cancel();
        _source.Dispose();
    }

    private async Task<NpgsqlConnection> ListenOnceAsync(Action<string?> onNews, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            connection.Notification += (_, news) => onNews(news.Payload);
            NpgsqlCommand command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = $"LISTEN {SqlDialect.NewsChannel}";
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task KeepListeningAsync(NpgsqlConnection? connection, Action<string?> onNews)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                connection ??= await ListenOnceAsync(onNews, _stop.Token).ConfigureAwait(false);
                onNews(null);
                while (true)
                    await connection.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is DbException or IOException or InvalidOperationException or OperationCanceledException)
            {
                // The server is away, or this is the end.
            }

            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            connection = null;
            await Task.Delay(ListenPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

using System.Data.Common;
using Npgsql;

namespace Engine.Storage.Databases;

/// <summary>A database of PostgreSQL.</summary>
internal sealed class PostgreSqlDatabase : StorageDatabase
{
    private readonly NpgsqlDataSource _source;

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

    private protected override void Released() => _source.Dispose();
}

using System.Data;
using System.Data.Common;

namespace Engine.Storage.Databases;

/// <summary>A connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqlSession(DbConnection connection, bool prepares) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = [];
    private readonly Dictionary<object, IGroupState> _states = [];

    public DbConnection Connection => connection;

    /// <summary>The transaction that statements run in; null for one each.</summary>
    public DbTransaction? Transaction { get; set; }

    public bool IsOpen => connection.State == ConnectionState.Open;

    /// <summary>What is kept of one owner for the length of a transaction.</summary>
    public TState State<TState>(object owner, Func<SqlSession, TState> load)
        where TState : class, IGroupState
    {
        if (_states.TryGetValue(owner, out IGroupState? state))
            return (TState)state;
        TState loaded = load(this);
        _states.Add(owner, loaded);
        return loaded;
    }

    /// <summary>Has all states write what they have to, ends the transaction, and forgets them.</summary>
    public void Commit()
    {
        IGroupState[] states = [.. _states.Values];
        foreach (IGroupState state in states)
            state.Flush(this);
        Transaction!.Commit();
        EndTransaction();
        foreach (IGroupState state in states)
            state.Committed();
    }

    public void Rollback()
    {
        try
        {
            Transaction?.Rollback();
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or IOException)
        {
            // The transaction has ended by itself, or the connection is gone and with it the transaction.
        }

        EndTransaction();
    }

    public int Execute(string sql, params ReadOnlySpan<(string Name, SqlValue Value)> values) => Command(sql, values).ExecuteNonQuery();

    public long? Number(string sql, params ReadOnlySpan<(string Name, SqlValue Value)> values) =>
        Command(sql, values).ExecuteScalar() is { } value and not DBNull
            ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) : null;

    public List<T> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, SqlValue Value)> values)
    {
        var rows = new List<T>();
        using DbDataReader reader = Command(sql, values).ExecuteReader();
        while (reader.Read())
            rows.Add(map(reader));
        return rows;
    }

    public async ValueTask<List<T>> QueryAsync<T>(
        string sql, Func<DbDataReader, T> map, (string Name, SqlValue Value)[] values, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        DbDataReader reader = await Command(sql, values).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(map(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (DbCommand command in _commands.Values)
            command.Dispose();
        connection.Dispose();
    }

    /// <summary>Gives a statement of a caller's own connection its values.</summary>
    public static void AddParameters(DbCommand command, params ReadOnlySpan<(string Name, SqlValue Value)> values)
    {
        foreach ((string name, SqlValue value) in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.DbType = value.Type;
            parameter.Value = value.Value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
    }

    /// <summary>Statements are made once for each text; the values of one text always come in the same order.</summary>
    private DbCommand Command(string sql, ReadOnlySpan<(string Name, SqlValue Value)> values)
    {
        if (!_commands.TryGetValue(sql, out DbCommand? command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            AddParameters(command, values);
            command.Transaction = Transaction;
            if (prepares)
                command.Prepare();
            _commands.Add(sql, command);
        }

        command.Transaction = Transaction;
        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i].Value.Value ?? DBNull.Value;
        return command;
    }

    private void EndTransaction()
    {
        Transaction?.Dispose();
        Transaction = null;
        _states.Clear();
    }
}

/// <summary>What a part keeps in memory for the length of one transaction.</summary>
internal interface IGroupState
{
    /// <summary>Writes what is left, as the transaction's last statements.</summary>
    void Flush(SqlSession session);

    /// <summary>The transaction is durable. Must not throw.</summary>
    void Committed();
}

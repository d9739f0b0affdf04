using System.Data.Common;

namespace Engine.Storage.Databases;

/// <summary>A database failed to do what was asked for.</summary>
public sealed class StorageException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="operation">What was being done.</param>
    /// <param name="problem">What went wrong.</param>
    /// <param name="isTransient">Whether it may work the next time.</param>
    /// <param name="inner">What the database's driver threw.</param>
    public StorageException(string operation, string problem, bool isTransient = false, Exception? inner = null)
        : base($"{operation}: {problem}", inner)
    {
        Operation = operation;
        IsTransient = isTransient;
    }

    /// <summary>What was being done.</summary>
    public string Operation { get; }

    /// <summary>
    /// Whether it may work the next time. An append that ended so may have been stored or not: appended again with the same ids, it is
    /// stored once.
    /// </summary>
    public bool IsTransient { get; }

    internal static StorageException From(string operation, Exception error) =>
        error as StorageException
        ?? new StorageException(
            operation, error.Message, error is TimeoutException or IOException || error is DbException { IsTransient: true }, error);
}

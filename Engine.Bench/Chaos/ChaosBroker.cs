using Engine.Cluster.Contracts;

namespace Engine.Bench.Chaos;

/// <summary>The broker of a chaos run: its nodes are killed, its streams deleted, its room taken. Not thread-safe.</summary>
internal abstract class ChaosBroker : IDisposable
{
    /// <summary>The addresses of all nodes.</summary>
    public abstract string Url { get; }

    public abstract int NodeCount { get; }

    /// <summary>The scheme of its addresses.</summary>
    public abstract string Scheme { get; }

    /// <summary>How long what must happen may take, on a machine that is busy.</summary>
    public abstract TimeSpan Patience { get; }

    /// <summary>Bytes of a stream at most.</summary>
    public virtual long MaxStreamBytes => 1 << 20;

    /// <summary>What hosts may be told where it has no room.</summary>
    public virtual IReadOnlyList<ClusterFault> FaultsWhenFull { get; } = [ClusterFault.StreamFull];

    /// <summary>The port of a node.</summary>
    public abstract int PortOf(int node);

    /// <summary>Kills a node, as a crash would.</summary>
    public abstract void Kill(int node);

    /// <summary>Starts a node again, and waits until it takes connections.</summary>
    public abstract void Restart(int node);

    /// <summary>Deletes a stream, if the broker can at the moment.</summary>
    public abstract Task DeleteStreamAsync(string stream);

    /// <summary>What each of its nodes says of its streams and their consumers, for whoever looks for a cause.</summary>
    /// <param name="streams">The streams.</param>
    public virtual Task<string> DescribeAsync(IEnumerable<string> streams) => Task.FromResult(string.Empty);

    /// <summary>Has it refuse what comes, at once or when its streams are full; nobody consumes meanwhile.</summary>
    public virtual void TakeRoom()
    {
    }

    /// <summary>Has it take more again, before somebody consumes.</summary>
    public virtual void GiveRoom()
    {
    }

    public abstract void Dispose();
}

using Engine.Primitives;
using Microsoft.Extensions.ObjectPool;

namespace Engine.Bus;

/// <summary>A bounded pool of objects that counts what it makes and hands out. Thread-safe.</summary>
/// <typeparam name="TItem">What is pooled.</typeparam>
internal sealed class CountedPool<TItem>
    where TItem : class
{
    private readonly Policy _policy;
    private readonly DefaultObjectPool<TItem> _pool;
    private readonly ThreadCounter _rented = new();
    private readonly ThreadCounter _returned = new();

    /// <param name="create">Makes one.</param>
    /// <param name="maxRetained">How many unused ones are kept at most; the rest are left to the garbage collector.</param>
    public CountedPool(Func<TItem> create, int maxRetained)
    {
        _policy = new Policy(create);
        _pool = new DefaultObjectPool<TItem>(_policy, maxRetained);
    }

    public PoolStatistics Statistics
    {
        get
        {
            // Returned first: an object is rented before it is returned, so the difference is never negative.
            long returned = _returned.Value;
            long rented = _rented.Value;
            return new PoolStatistics(_policy.Created, rented, rented - returned);
        }
    }

    public TItem Rent(BusThread thread)
    {
        _rented.Increment(thread.Cells);
        return _pool.Get();
    }

    public void Return(TItem item, BusThread thread)
    {
        _returned.Increment(thread.Cells);
        _pool.Return(item);
    }

    private sealed class Policy(Func<TItem> create) : PooledObjectPolicy<TItem>
    {
        private long _created;

        public long Created => Volatile.Read(ref _created);

        public override TItem Create()
        {
            Interlocked.Increment(ref _created);
            return create();
        }

        public override bool Return(TItem obj) => true;
    }
}

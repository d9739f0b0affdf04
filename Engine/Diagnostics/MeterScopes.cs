using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Engine.Diagnostics;

/// <summary>
/// One meter per meter factory, which owns it, and one for all that have no factory: collectors merge instruments of equal name and
/// drop them together, so what is measured shares them and is told apart by a tag. Thread-safe.
/// </summary>
/// <param name="meterName">Name of the meters.</param>
/// <param name="create">Makes what reports to a meter.</param>
internal sealed class MeterScopes<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(
    string meterName, Func<Meter, T> create)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly ConditionalWeakTable<IMeterFactory, T> _ofFactories = [];
    private T? _own;

    /// <summary>What reports to the meter of a factory, or to the process's own.</summary>
    public T For(IMeterFactory? factory)
    {
        lock (_lock)
        {
            if (factory is null)
                return _own ??= create(new Meter(meterName));
            if (!_ofFactories.TryGetValue(factory, out T? known))
            {
                known = create(factory.Create(meterName));
                _ofFactories.Add(factory, known);
            }

            return known;
        }
    }
}

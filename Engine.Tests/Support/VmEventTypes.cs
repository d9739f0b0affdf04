using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Tests.Support;

/// <summary>The types of the one list of built-in events.</summary>
internal static class VmEventTypes
{
    public static IReadOnlyList<Type> All { get; } = Collect();

    private static List<Type> Collect()
    {
        var types = new Types();
        VmEvents.Visit(types);
        return types.Found;
    }

    private sealed class Types : IEventTypeVisitor
    {
        public List<Type> Found { get; } = [];

        public void Visit<T>()
            where T : unmanaged, IEvent<T> =>
            Found.Add(typeof(T));
    }
}

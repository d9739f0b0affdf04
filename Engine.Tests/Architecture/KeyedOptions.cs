using System.Reflection;
using Engine.Bus;
using Engine.Bus.Options;
using Engine.Storage.Facade;

namespace Engine.Tests.Architecture;

/// <summary>The options that keys of a configuration set: their ranges are in the tables of the keys.</summary>
internal static class KeyedOptions
{
    private static readonly MethodInfo Clone =
        typeof(object).GetMethod("MemberwiseClone", BindingFlags.NonPublic | BindingFlags.Instance)!;

    private static readonly Dictionary<(Type Type, string Property), bool> s_known = [];

    /// <summary>Whether a key sets a property, wherever in the tree of options the type is used.</summary>
    public static bool Has(Type type, string property)
    {
        lock (s_known)
        {
            if (s_known.Count == 0)
            {
                Find<EventBusOptions>(static (left, right) => BusOptionKeys.Difference(left, right).Count > 0);
                Find<EventDrivenConfig>(static (left, right) => EventDrivenKeys.All.Any(key => !key.IsEqual(left, right)));
            }

            return s_known.GetValueOrDefault((type.IsGenericType ? type.GetGenericTypeDefinition() : type, property));
        }
    }

    private static void Find<TRoot>(Func<TRoot, TRoot, bool> differ)
        where TRoot : class, new() => Find(typeof(TRoot), static root => root, differ);

    // Immutable parts may be shared by all roots: a copy is changed.
    private static object OwnPartOf(object parent, PropertyInfo property)
    {
        object part = property.GetValue(parent)!;
        if (property.SetMethod is not { IsPublic: true })
            return part;
        part = Clone.Invoke(part, null)!;
        property.SetValue(parent, part);
        return part;
    }

    // What a key reads is found by changing it: all keys give the same for a value that none of them reads.
    private static void Find<TRoot>(Type type, Func<object, object> partOf, Func<TRoot, TRoot, bool> differ)
        where TRoot : class, new()
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.PropertyType.Namespace?.StartsWith("Engine", StringComparison.Ordinal) == true && property.PropertyType.IsClass)
            {
                if (property.GetValue(partOf(new TRoot())) is { } part && part.GetType() == property.PropertyType)
                    Find(property.PropertyType, root => OwnPartOf(partOf(root), property), differ);
            }
            else if (property.SetMethod is { IsPublic: true } && OptionEndTests.EndsOf(property.PropertyType).Length > 0)
            {
                Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
                bool isKeyed = OptionEndTests.EndsOf(property.PropertyType).Any(end =>
                {
                    (TRoot left, TRoot right) = (new TRoot(), new TRoot());
                    property.SetValue(partOf(right), end);
                    return differ(left, right);
                });
                s_known[(definition, property.Name)] = s_known.GetValueOrDefault((definition, property.Name), true) && isKeyed;
            }
        }
    }
}

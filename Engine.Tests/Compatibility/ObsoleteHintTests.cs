using System.Reflection;
using Engine.Bus;

namespace Engine.Tests.Compatibility;

public class ObsoleteHintTests
{
    private static IEnumerable<Type> OldTypes =>
        typeof(EventBus).Assembly.GetExportedTypes().Where(static type => type.Namespace == "Engine.Compatibility");

    [Test]
    public void The_old_buses_are_there() =>
        Assert.That(
            OldTypes.Select(static type => type.Name),
            Is.SupersetOf(new[] { "DomainEventBus", "AsyncEventBus", "IDomainEvent", "SimpleEventHandler" }));

    [TestCaseSource(nameof(OldTypes))]
    public void Each_old_type_is_obsolete_with_one_id_and_names_its_replacement(Type type)
    {
        ObsoleteAttribute? hint = type.GetCustomAttribute<ObsoleteAttribute>();
        Assert.That(hint, Is.Not.Null);
        Assert.That((hint!.DiagnosticId, hint.IsError), Is.EqualTo(("ENGINE001", false)));
        Assert.That(hint.Message, Does.Contain("IEventBus.Subscribe<T>"));
    }
}

using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engine.Tests.Hosting;

public partial class ThreadAndHostTests
{
    [Test]
    public void Dispatcher_threads_have_the_name_of_the_option_and_do_not_keep_the_process_alive()
    {
        EventEngine engine = Engines.Start(configure: options => options.DispatcherThreadName = "pump");
        (string? Name, bool IsBackground, bool IsMarked) seen = default;
        engine.Subscribe((in Number _, in Envelope _) =>
            seen = (Thread.CurrentThread.Name, Thread.CurrentThread.IsBackground, DispatcherThread.IsCurrent));
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(("pump-0", true, true)));
    }

    [Test]
    public void Dispatcher_threads_do_not_inherit_what_the_starting_thread_is_in_the_middle_of()
    {
        var request = new AsyncLocal<string?> { Value = "request" };
        EventEngine engine = Engines.Start();
        string? seen = "nothing";
        engine.Subscribe((in Number _, in Envelope _) => seen = request.Value);
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        engine.StopDrained();
        Assert.That(seen, Is.Null);
    }

    [Test, Platform("Linux")]
    public void Dispatcher_threads_run_on_the_processors_of_the_option()
    {
        int processor = Enumerable.Range(0, 1024).First(IsAllowed);
        EventEngine engine = Engines.Start(configure: options => options.DispatcherAffinity.Add(processor));
        var seen = new HashSet<int>();
        engine.Subscribe((in Number _, in Envelope _) => seen.Add(CurrentProcessor()));
        Engine.Publish.EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < 10_000; i++)
            lane.Publish(new Number(i));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(new[] { processor }));
    }

    [Test]
    public void A_processor_the_machine_does_not_have_is_ignored()
    {
        EventEngine engine = Engines.Start(configure: options => options.DispatcherAffinity.Add(1023));
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => seen++);
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(1));
    }

    [Test]
    public async Task An_engine_of_a_host_starts_and_stops_with_it()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddEventEngine(engine => engine.AddEvent<Number>().Configure(options => options.DispatcherCount = 1));
        using IHost host = builder.Build();
        EventEngine engine = host.Services.GetRequiredService<EventEngine>();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Created));
        await host.StartAsync();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Running));
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => seen++);
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[10]);
        await host.StopAsync();
        Assert.That((engine.State, seen), Is.EqualTo((LifecycleState.Stopped, 10)));
    }

    [Test]
    public async Task An_engine_started_by_hand_is_left_running_by_its_host()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddEventEngine(engine => engine.AddEvent<Number>());
        using IHost host = builder.Build();
        EventEngine engine = host.Services.GetRequiredService<EventEngine>();
        engine.Start();
        await host.StartAsync();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Running));
        await host.StopAsync();
    }

    [Test]
    public void Registering_twice_keeps_the_first_engine()
    {
        ServiceCollection services = new();
        services.AddEventEngine(engine => engine.AddEvent<Number>());
        services.AddEventEngine(engine => engine.AddEvent<Letter>());
        Assert.That(services.Count(service => service.ServiceType == typeof(EventEngine)), Is.EqualTo(1));
        Assert.That(services.Count(service => service.ServiceType == typeof(IHostedService)), Is.EqualTo(1));
    }

    [Test]
    public void Null_arguments_of_the_registration_are_errors() => Assert.Multiple(() =>
    {
        Assert.Throws<ArgumentNullException>(() => EngineServiceCollectionExtensions.AddEventEngine(null!, _ => { }));
        Assert.Throws<ArgumentNullException>(() => new ServiceCollection().AddEventEngine(null!));
    });

    private static bool IsAllowed(int processor)
    {
        bool isAllowed = false;
        Threads.Run(() => isAllowed = ThreadAffinity.TryPinCurrentThread(processor));
        return isAllowed;
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    private static partial int CurrentProcessor();
}

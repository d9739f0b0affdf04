using System.CommandLine;
using Engine.Bench.DiagnosticsCost;
using Engine.Bench.Micro;
using Engine.Bench.Peers;
using Engine.Bench.Quick;
using Engine.Bench.Topologies;

var root = new RootCommand("Measures the engine. Run it on a quiet machine: any other busy process changes two-thread figures.");
root.Add(QuickCommand.Create());
root.Add(TopologiesCommand.Create());
root.Add(PeersCommand.Create());
root.Add(MicroCommand.Create());
root.Add(OneCoreSection.CreateChild());
root.Add(DiagnosticsCostCommand.Create());
root.Add(EventPipeSession.CreateChild());
return root.Parse(args).Invoke();

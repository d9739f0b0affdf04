using System.CommandLine;
using Engine.Bench.DiagnosticsCost;
using Engine.Bench.Quick;

var root = new RootCommand("Measures the engine. Run it on a quiet machine: any other busy process changes two-thread figures.");
root.Add(QuickCommand.Create());
root.Add(OneCoreSection.CreateChild());
root.Add(DiagnosticsCostCommand.Create());
root.Add(EventPipeSession.CreateChild());
return root.Parse(args).Invoke();

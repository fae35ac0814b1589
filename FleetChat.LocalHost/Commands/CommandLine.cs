using System.Runtime.InteropServices;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Commands.Replay;
using FleetChat.LocalHost.Commands.Sim;
using FleetChat.LocalHost.Commands.Tail;
using FleetChat.LocalHost.Commands.Trigger;
using FleetChat.LocalHost.Commands.Why;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalHost.Postgres;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>
/// What a person types. Exit codes: 0 done, 1 an expectation of the demo failed, the doctor found something wrong, an event was refused, a replay was or would be refused, an audit trail is not as it was written, a restore did not end, a month's invoice was or would be blocked, the ledger did not balance, or it does not start, 2 not understood,
/// 130 interrupted before it was done, as shells say it.
/// </summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int NotUnderstood = 2;
    private const int Interrupted = 130;

    internal const string Help = """
        FleetChat on one machine, without a cloud account.

        usage: FleetChat.LocalHost [command] [options]

          up (the default)   Start FleetChat with a simulated Samsara and WhatsApp, and keep its data.
                             Prints the addresses and an API key. Ctrl-C stops everything.
            --port N         listen on 127.0.0.1:N (7071); the simulators take the next three ports
            --data FOLDER    where the data lies
            --simulators N   use those that 'sim' runs at ports N and N+1
          demo               Bring three companies with forty drivers in, play their day, the week after and the month's end with
                             its invoices, then check what happened. Everything is temporary. Exit code 1 if an expectation fails.
            --json           end with one line of JSON
            --speed N        let N seconds of the day pass in one second; else it goes as fast as it can
          migrate            Bring the database that the settings FleetChat:Migration name to this build's version:
                             what a deployment runs before new code. Exit code 1 if it can't.
          functions          List the functions with their routes, queues and schedules. No host has to run.
            --json           as JSON, here and below; durations are seconds
          rules              The default rules, as docs/rules.md has them.
            --json           as data
          errors             WhatsApp's error codes in plain words, as docs/whatsapp-errors.md has them.
            --json           as data
          capacity           What 100, 1,000, 10,000 and 100,000 companies need and cost, and what breaks first, as docs/scale.md has it.
            --tenants N      so many companies instead
            --json           as data
          docs               Write the files of docs/ that are made from the code: errors.md, openapi.json, rules.md, scale.md, whatsapp-errors.md.
          queues             What waits in each queue, since when, and what failed too often.
            --data FOLDER    of a running 'up', here and below
          instances          The orchestrations, those that changed last first.
            --status S       only Running, Pending, Suspended, Completed, Failed or Terminated
            --prefix X       only those whose ids begin so
            --limit N        at most so many (50)
          instance ID        One orchestration: what it waits for, what failed, and all that happened.
          tail               What goes on, a line each, until Ctrl-C: events, decisions, messages, reports, answers, alerts.
            --tenant T --driver ID   only of this company or driver (Samsara's id, or ours)
            --since T        from then on: a time, or -1h (-10m)
            --once           show what was, and end
          why ID             Everything that led to a message, or what an event led to, and why to no message:
                             event, rule, hold, attempts, statuses, answers. ID is a message's, an event's
                             (Samsara's or ours), a timeline entry's, an effect key or a reminder.
            --tenant T       only of this company
            --text           with the messages' words and the drivers' names
          replay             What failed too often and was put aside: events, reminders, calls, webhooks.
            --dry-run        do it in a transaction that is rolled back, and say what it would lead to
            --tenant T --event ITEM, or --all   give one back, or all of the company's, to be done anew
          audit verify       Check the audit trails against their key and the anchors outside the database: what was changed,
                             removed, inserted, put elsewhere or cut off. Exit code 1 if something was.
            --tenant T       only this company's
          audit export       A company's audit trail as JSON lines, the oldest entry first.
            --tenant T       whose; 'platform' is FleetChat's own
          restore begin      On a database that was put back to an earlier moment, before FleetChat is started on it: nothing is
                             sent, and what waited to be sent is doubtful.
            --to TIME        the last moment that the database knows of, with Z or an offset
            --numbers N      so many numbers of each series of invoices are not given (1000, or twice the number of companies)
            --no-anchors     although no anchor of the audit trails is left
          restore status     What is doubtful, company by company, and what became of the rest.
          restore end        Give what is still doubtful to the dispatchers, and send what is new. Exit code 1 if not all has been looked
                             through, or what was found then may not be told yet.
            --anyway         all the same
          billing status     How far each month's billing is, over all companies.
          billing run        Do what is due of a month, a line a company: drafts, then final invoices. Exit code 1 if something is blocked.
            --period 2026-03 which month; one that has not ended is only previewed
            --dry-run        only say what its invoices would be, and why not; nothing is kept
            --tenant T       only this company's
          billing clock      Travel through months with companies that pay by card, by debit, by bank, late and never, and say
                             of each month what was invoiced, paid, reminded of and suspended, and that the ledger balances.
                             Everything is temporary. Exit code 1 if it does not balance.
            --months N       how many are billed (3)
            --json           say it as JSON
          invoice preview    What the company's invoice would be if the month ended now, and its forecast.
            --tenant T       whose, here and below
            --period 2026-03 which month; else the one that is billed next
          invoice list       The company's invoices and credit notes, the newest first.
          invoice show NAME  One by its number or id, with its lines and taxes.
          invoice pdf NAME   The same as PDF.
            --out FILE       where to
          invoice explain NAME   What a line of it was made of: the ids of drivers, messages or the adjustment.
            --line N         which line, as 'invoice show' numbers them
          doctor             Look at the machine, the database, keys, settings, ports and stuck work, and say
                             what to do. Starts and changes nothing. Exit code 1 if something is wrong.
            --port N         where the host listens or would (7071)
          sim                Start the simulators as a process of their own, until Ctrl-C; they outlive FleetChat.
            --port N         Samsara's port (7072); WhatsApp and Stripe take the next two
            --journal FILE   keep everything accepted and sent
            --clock URL      whose business time they follow (that of the host one port before)
          sim list           What running simulators hold: orgs, routes, numbers, people.
          sim faults [on|off]  Trouble at random, from a seed; without a word it shows what is on.
            --seed N         the same seed, the same trouble
            --calls P --webhooks P   percent that meet trouble (10)
            --kinds A,B      only these, such as too_many,reset_after,lost
            --path PREFIX    only calls of such paths
          sim hold, sim release   Keep webhooks back, and let them go.
            --order O        as-emitted, reversed or shuffled
            --one-post       WhatsApp's all in one POST
          sim chats          The chats as the people with the phones see them.
            --number ID --user PHONE   only these
          sim journal        What was accepted and sent last.
            --last N --kind K --follow   how many lines (20), of which kind, and go on
            --port and --data choose which simulators, in all of these; --of samsara|whatsapp one of the two, but for list and chats
          trigger            List the events of Samsara that can be sent.
          trigger EVENT      Send one to the running host, signed as Samsara signs it.
            --tenant T       for which company, if there are several
            --driver ID --vehicle ID --route ID --stop ID   about whom (Samsara's ids); else what the company has
            --condition C    of AlertIncident and Alert, such as hosViolation; --resolved: it is over
            --time T         when it happened: a time, or -10m, +2h
            --copies N --delay S --event-id ID   how often, after how many seconds, under which id
            --file F         its data, or a whole delivery with its eventType, from a JSON file
            --port N         where the host listens
          help               Show this.

        FLEETCHAT_POSTGRES   connection string of a Postgres administrator, to use that server
                             instead of one started from this machine's PostgreSQL binaries

        """;

    public static async Task<int> RunAsync(string[] args)
    {
        using var end = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            return await RunAsync(args, end);
        }
        catch (FormatException wrong)
        {
            // The whole help would push the sentence off the screen.
            await Console.Error.WriteLineAsync($"{wrong.Message}\n'-- help' lists the commands and their options.");
            return NotUnderstood;
        }
        catch (Exception refused) when (refused is StartRefusedException or PostgresUnavailableException or DatabaseRefusedException)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Interrupted;
        }

        // A child's parent tells it when to end: a terminal's Ctrl-C reaches both, and the parent still has questions.
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (!(signal.Signal == PosixSignal.SIGINT && args is ["serve", "--settings", _])) end.Cancel();
        }
    }

    private static async Task<int> RunAsync(string[] args, CancellationTokenSource end)
    {
        switch (args)
        {
            case ["help" or "--help" or "-h", ..]:
                Console.Write(Help);
                return Done;
            case ["serve"]:
                await ServeCommand.RunAsync(end.Token);
                return Done;
            case ["serve", "--settings", var file]:
                await ServeCommand.RunAsChildAsync(file, end.Token);
                return Done;
            case ["demo", .. var options]:
                return await DemoCommand.RunAsync(CommandOptions.ReadDemo(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["functions", .. var options]:
                FunctionsCommand.Run(CommandOptions.ReadFunctions(options), AnsiConsole.Console);
                return Done;
            case ["migrate", .. var options]:
                CommandOptions.ReadNone("migrate", options);
                await MigrateCommand.RunAsync(AnsiConsole.Console, end.Token);
                return Done;
            case ["rules", .. var options]:
                RulesCommand.Run(CommandOptions.ReadRules(options));
                return Done;
            case ["errors", .. var options]:
                ErrorsCommand.Run(CommandOptions.ReadErrors(options));
                return Done;
            case ["capacity", .. var options]:
                CapacityCommand.Run(CommandOptions.ReadCapacity(options));
                return Done;
            case ["docs", .. var options]:
                CommandOptions.ReadNone("docs", options);
                await WriteDocs.RunAsync(Directory.GetCurrentDirectory(), AnsiConsole.Console, end.Token);
                return Done;
            case ["queues", .. var options]:
                await QueuesCommand.RunAsync(CommandOptions.ReadView("queues", options), AnsiConsole.Console, end.Token);
                return Done;
            case ["instances", .. var options]:
                await InstancesCommand.RunAsync(CommandOptions.ReadInstances(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["instance", .. var options]:
                await InstanceCommand.RunAsync(CommandOptions.ReadInstance(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["tail", .. var options]:
                await TailCommand.RunAsync(CommandOptions.ReadTail(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["replay", .. var options]:
                return await ReplayCommand.RunAsync(CommandOptions.ReadReplay(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["audit", "verify", .. var options]:
                return await AuditCommand.VerifyAsync(CommandOptions.ReadAudit("audit verify", options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["audit", "export", .. var options]:
                await AuditCommand.ExportAsync(CommandOptions.ReadAudit("audit export", options), Console.OpenStandardOutput(), end.Token);
                return Done;
            case ["audit", ..]:
                throw new FormatException("'audit' needs one of verify and export.");
            case ["restore", .. var options]:
                return await RestoreCommand.RunAsync(CommandOptions.ReadRestore(options), Console.Out, end.Token);
            case ["billing", "status", .. var options]:
                await BillingCommand.StatusAsync(CommandOptions.ReadView("billing status", options), AnsiConsole.Console, end.Token);
                return Done;
            case ["billing", "run", .. var options]:
                return await BillingCommand.RunAsync(CommandOptions.ReadBillingRun(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["billing", "clock", .. var options]:
                return await BillingClockCommand.RunAsync(CommandOptions.ReadBillingClock(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["billing", ..]:
                throw new FormatException("'billing' needs one of status, run and clock.");
            case ["invoice", "preview", .. var options]:
                await InvoiceCommand.PreviewAsync(CommandOptions.ReadInvoicePreview(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["invoice", "list", .. var options]:
                await InvoiceCommand.ListAsync(CommandOptions.ReadInvoiceList(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["invoice", "show", .. var options]:
                await InvoiceCommand.ShowAsync(CommandOptions.ReadInvoiceShow(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["invoice", "pdf", .. var options]:
                await InvoiceCommand.PdfAsync(CommandOptions.ReadInvoicePdf(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["invoice", "explain", .. var options]:
                await InvoiceCommand.ExplainAsync(CommandOptions.ReadInvoiceExplain(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["invoice", ..]:
                throw new FormatException("'invoice' needs one of preview, list, show, pdf and explain.");
            case ["why", .. var options]:
                await WhyCommand.RunAsync(CommandOptions.ReadWhy(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["doctor", .. var options]:
                return await DoctorCommand.RunAsync(CommandOptions.ReadDoctor(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["sim", .. var options]:
                await SimCommand.RunAsync(SimOptions.Read(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["trigger", .. var options]:
                return await TriggerCommand.RunAsync(TriggerOptions.Read(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["up", .. var options]:
                await UpCommand.RunAsync(CommandOptions.ReadUp(options), end.Token);
                return Done;
            case [] or [['-', '-', ..], ..]:
                await UpCommand.RunAsync(CommandOptions.ReadUp(args), end.Token);
                return Done;
            default:
                throw new FormatException($"There is no command '{args[0]}'.");
        }
    }
}

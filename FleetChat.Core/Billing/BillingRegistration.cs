using FleetChat.Core.Billing.Analytics;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Calls;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Core.Billing;

/// <summary>From what is used to what is owed.</summary>
internal static class BillingRegistration
{
    public static IServiceCollection AddBilling(this IServiceCollection services, IConfiguration configuration) => services
        .AddPayments(configuration)
        .AddChecked<BillingOptions>(configuration, BillingOptions.Section)
        .AddSingleton<RateCards>()
        .AddSingleton<Agreements>()
        .AddSingleton<BillingAccounts>()
        .AddSingleton<RateMonth>()
        .AddSingleton<CorporateMonth>()
        .AddSingleton<ClosingBooks>()
        .AddSingleton<ForecastMonth>()
        .AddSingleton<InvoiceMonth>()
        .AddSingleton<GetInvoice>()
        .AddSingleton<CompanyLogos>()
        .AddSingleton<PrintInvoice>()
        .AddSingleton<ExplainLine>()
        .AddSingleton<Adjustments>()
        .AddTransient<ChangeDebt>()
        .AddSingleton<ReturnBankMoney>()
        .AddTransient<ICallHandler, SendInvoice>()
        .AddSingleton<BillingRuns>()
        .AddSingleton<AnalyzeUsage>()
        .AddSingleton<AnalyzeCorporateUsage>()
        .AddSingleton<MetaRates>()
        .AddSingleton<GetMargin>();

    private static IServiceCollection AddPayments(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHttpClient<IPaymentProcessor, StripeProcessor>(http => http.Timeout = StripeProcessor.CallTimeout);
        return services
            .AddChecked<StripeOptions>(configuration, StripeOptions.Section)
            .AddChecked<DunningOptions>(configuration, DunningOptions.Section)
            .AddTransient<PaymentAccounts>()
            .AddSingleton<LiftPaid>()
            .AddSingleton<SettlePayment>()
            .AddTransient<LostPayments>()
            .AddSingleton<ListPayments>()
            .AddTransient<CollectInvoice>()
            .AddTransient<HearPayments>()
            .AddTransient<RefundPayment>()
            .AddTransient<ICallHandler, RefundPayment>()
            .AddTransient<ICallHandler, PaymentLetters>()
            .AddSingleton(CollectInvoice.Flow);
    }
}

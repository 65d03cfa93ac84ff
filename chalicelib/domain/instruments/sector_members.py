"""The members of the S&P 500 by the sector fund that holds them; data, changed as a whole.

Members: the index as of October 2026 (503 share classes of 500 companies), from the table of constituents
that PyPI's `index-constitution` 1.0.1 packages from Wikipedia, "List of S&P 500 companies". Sectors: the
Global Industry Classification Standard of S&P and MSCI in its structure of March 2023, one Select Sector SPDR
fund per sector (sectorspdrs.com). Former members left the index since the middle of 2024; they keep the
sector that they had in it, since options on them may still be listed.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

MEMBERS_AS_OF: Final = date(2026, 10, 1)

MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "XLB": (
            "ALB AMCR APD AVY BALL CF CRH DD DOW ECL FCX IFF IP LIN LYB MLM MOS NEM NUE PKG PPG SHW "
            "STLD SW VMC VYLR"
        ),
        "XLC": (
            "CHTR CMCSA DIS ECHO FOX FOXA GOOG GOOGL LYV META NFLX NWS NWSA OMC RDDT SKYD T TKO TMUS TTWO VZ"
        ),
        "XLE": "APA BKR COP CVX DVN EOG EQT EXE FANG HAL KMI MPC OKE OXY PSX SLB TPL TRGP VLO WMB XOM",
        "XLF": (
            "ACGL AFL AIG AIZ AJG ALL AMP AON APO ARES AXP BAC BEN BLK BNY BRK.B BRO BX C CB CBOE CFG "
            "CINF CME COF COIN CPAY EG ERIE FDS FIS FISV FITB GL GPN GS HBAN HIG HOOD IBKR ICE IVZ JKHY "
            "JPM KEY KKR L MA MCO MET MRSH MS MSCI MTB NDAQ NTRS PFG PGR PNC PRU PYPL RF RJF SCHW SPGI "
            "STT SYF TFC TROW TRV USB V WFC WRB WTW XYZ"
        ),
        "XLI": (
            "ADP ALLE AME AOS AXON BA BE BR CARR CAT CHRW CMI CPRT CSX CTAS DAL DE DOV EFX EME EMR ETN "
            "EXPD FAST FDX FDXF FERG FIX FTV GD GE GEV GNRC GWW HII HON HONA HUBB HWM IEX IR ITW J JBHT "
            "JCI LDOS LHX LII LMT LUV MAS MMM NDSN NOC NSC ODFL OTIS PAYX PCAR PH PNR PWR ROK ROL RSG "
            "RTX SNA SWK TDG TT TXT UAL UBER UNP UPS URI VLTO VRSK VRT WAB WM XYL"
        ),
        "XLK": (
            "AAPL ACN ADBE ADI ADSK AKAM AMAT AMD ANET APH APP AVGO CDNS CDW CIEN COHR CRM CRWD CSCO "
            "CTSH DDOG DELL FFIV FICO FLEX FSLR FTNT GDDY GEN GLW HPE HPQ IBM INTC INTU IT JBL KEYS "
            "KLAC LITE LRCX MCHP MPWR MRVL MSFT MSI MU NOW NTAP NVDA NXPI ON ORCL P PANW PLTR PTC Q "
            "QCOM ROP SMCI SNDK SNPS STX SWKS TDY TEL TER TRMB TWLO TXN TYL VRSN WDAY WDC ZBRA"
        ),
        "XLP": (
            "ADM BF.B BG CASY CHD CL CLX COST DG DLTR EL GIS HRL HSY KDP KHC KMB KO KR KVUE MDLZ MKC "
            "MNST MO PEP PG PM SJM STZ SYY TGT TSN WMT"
        ),
        "XLRE": (
            "AMT ARE BXP CBRE CCI CPT CSGP DLR DOC EQIX EQR ESS EXR FRT HST INVH IRM KIM MAA O PLD PSA "
            "REG SBAC SPG UDR VICI VTR WELL WY"
        ),
        "XLU": (
            "AEE AEP AES ATO AWK CEG CMS CNP D DTE DUK ED EIX ES ETR EVRG EXC FE LNT NEE NI NRG PCG PEG "
            "PNW PPL SO SRE VST WEC XEL"
        ),
        "XLV": (
            "A ABBV ABT ALGN AMGN BAX BDX BIIB BMY BSX CAH CI CNC COO COR CRL CVS DGX DHR DVA DXCM ELV "
            "EW GEHC GILD HCA HSIC HUM IDXX ILMN INCY IQV ISRG JNJ LH LLY MCK MDT MRK MRNA MTD PFE PODD "
            "REGN RMD RVTY SOLV STE SYK TECH TMO UHS UNH VEEV VRTX VTRS WAT WST ZBH ZTS"
        ),
        "XLY": (
            "ABNB AMZN APTV AZO BBY BKNG CCL CMG CVNA DASH DECK DHI DPZ DRI EBAY EXPE F GM GPC GRMN HAS "
            "HD HLT LEN LOW LULU LVS MAR MCD MGM NCLH NKE NVR ORLY PHM RCL RL ROST SBUX TJX TPR TSCO "
            "TSLA ULTA WSM WYNN YUM"
        ),
    }
)

FORMER_MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "XLB": "CE CTVA EMN FMC",
        "XLC": "EA IPG LUMN MTCH PARA PSKY SATS TTD WBD",
        "XLE": "CTRA HES MRO",
        "XLF": "BK CMA DFS FI MKTX MMC",
        "XLI": "AAL BLDR DAY ETSY HRI MTZ PAYC RHI",
        "XLK": "ANSS ENPH EPAM JNPR QRVO",
        "XLP": "CAG CPB K LW TAP WBA",
        "XLRE": "AVB",
        "XLV": "BIO CTLT HOLX MOH TFX",
        "XLY": "BBWI BWA CZR KMX LKQ MHK POOL VFC",
    }
)
